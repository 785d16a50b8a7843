// The form: a kind, an input, go.
import {useEffect} from './vendor/hooks.mjs';
import {signal} from './vendor/signals.mjs';
import * as api from './api.js';
import {html} from './html.js';
import {jsonError} from './json.js';
import {Command, ProblemBox, bytes} from './parts.js';
import {add} from './store.js';

const EXAMPLES = {
  echo: '{"hello": "world", "big": 12345678901234567890}',
  sleep: '{"ms": 5000}',
  flaky: '{"failures": 2}',
  fail: '{"permanent": true, "message": "as asked"}',
};

const kinds = signal(null);
const kind = signal('');
const mode = signal('json');
const text = signal('');
const edited = signal(false);
const file = signal(null);
const busy = signal(false);
const problem = signal(null);

const byName = name => (kinds.value || []).find(each => each.name === name);
const takesOnlyFiles = each => each && each.contentTypes.length > 0
  && !each.contentTypes.some(type => /json|text|^\*/.test(type));

function choose(name) {
  kind.value = name;
  problem.value = null;
  const files = takesOnlyFiles(byName(name)) || name === 'thumbnail';
  if (files) mode.value = 'file';
  else if (mode.value === 'file' && !file.value) mode.value = 'json';
  if (!edited.value) text.value = EXAMPLES[name] || '{}';
}

async function load() {
  try {
    kinds.value = await api.kinds();
    problem.value = null;
    const names = kinds.value.map(each => each.name);
    if (!names.includes(kind.value) && names.length > 0) choose(names.includes('echo') ? 'echo' : names[0]);
  } catch (e) {
    problem.value = e;
  }
}

function invalid() {
  if (!kind.value) return 'Choose a kind first';
  if (mode.value === 'file') return file.value ? '' : 'Pick a file first';
  return mode.value === 'json' ? jsonError(text.value) : '';
}

async function go(event) {
  event.preventDefault();
  if (invalid() || busy.value) return;
  busy.value = true;
  problem.value = null;
  const picked = file.value;
  const [type, body] = mode.value === 'file'
    ? [picked.type || 'application/octet-stream', picked]
    : [mode.value === 'json' ? 'application/json' : 'text/plain; charset=utf-8', text.value];
  try {
    add(await api.submit(kind.value, type, body));
  } catch (e) {
    problem.value = e;
  }
  busy.value = false;
}

const quoted = shell => `'${shell.replaceAll("'", "'\\''")}'`;

function curl() {
  const target = api.url(`v1/requests/${kind.value}`).href;
  if (mode.value === 'file') {
    const name = file.value ? quoted(file.value.name) : 'FILE';
    const fileType = file.value?.type || 'application/octet-stream';
    return `curl --data-binary @${name} -H 'Content-Type: ${fileType}' ${target}`;
  }
  const type = mode.value === 'json' ? 'application/json' : 'text/plain';
  return `curl -d ${quoted(text.value)} -H 'Content-Type: ${type}' ${target}`;
}

function NoKinds() {
  return html`<div class="empty">
    <p>There is no kind of work yet. A kind appears as soon as a processor that offers it connects to this gateway.</p>
    <${Command} text="./sluice dev"/>
    <button class="quiet" onClick=${load}>Look again</button>
  </div>`;
}

function Input() {
  if (mode.value === 'file') {
    const picked = file.value;
    return html`<label class="drop" for="file">
      <span>${picked ? `${picked.name}, ${bytes(picked.size)}` : 'Pick a file: its bytes are the input'}</span>
      <input id="file" type="file" onChange=${event => { file.value = event.target.files[0] || null; }}/>
    </label>`;
  }
  const wrong = mode.value === 'json' ? jsonError(text.value) : '';
  return html`<label for="input">Input</label>
    <textarea id="input" rows="7" spellcheck="false" value=${text.value} aria-invalid=${wrong ? 'true' : 'false'}
      aria-describedby="wrong"
      onInput=${event => { text.value = event.target.value; edited.value = true; }}
      onKeyDown=${event => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) go(event); }}></textarea>
    <p id="wrong" class="wrong">${wrong}</p>`;
}

function Modes() {
  return html`<div class="modes" role="radiogroup" aria-label="Sort of input">
    ${[['json', 'JSON'], ['text', 'Text'], ['file', 'File']].map(([value, label]) => html`<button key=${value}
      type="button" role="radio" aria-checked=${mode.value === value ? 'true' : 'false'}
      onClick=${() => { mode.value = value; }}>${label}</button>`)}
  </div>`;
}

export function SubmitForm() {
  useEffect(() => { load(); }, []);
  if (kinds.value && kinds.value.length === 0) {
    return html`<section class="card"><h2>Submit a request</h2><${NoKinds}/></section>`;
  }
  const reason = invalid();
  return html`<section class="card">
    <h2>Submit a request</h2>
    <form onSubmit=${go}>
      <label for="kind">Kind of work</label>
      <select id="kind" value=${kind.value} onChange=${event => choose(event.target.value)} disabled=${!kinds.value}>
        ${(kinds.value || []).map(each => html`<option key=${each.name} value=${each.name}>${each.name}</option>`)}
      </select>
      <${Modes}/>
      <${Input}/>
      <div class="actions">
        <button class="primary" type="submit" disabled=${Boolean(reason) || busy.value} title=${reason || 'Ctrl+Enter'}>
          ${busy.value ? 'Submitting…' : 'Submit'}</button>
        ${reason && mode.value !== 'json' && html`<span class="hint">${reason}</span>`}
      </div>
    </form>
    ${problem.value && html`<${ProblemBox} problem=${problem.value}/>`}
    ${!kinds.value && problem.value && html`<button class="quiet" onClick=${load}>Try again</button>`}
    ${kind.value && html`<details><summary>The same from a shell</summary><${Command} text=${curl()}/></details>`}
  </section>`;
}
