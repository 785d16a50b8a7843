// One request, live: state, progress, log, result.
import {useEffect, useRef} from './vendor/hooks.mjs';
import * as api from './api.js';
import {html} from './html.js';
import {pretty} from './json.js';
import {Command, Copy, ProblemBox, State, bytes, duration} from './parts.js';
import {cancel, openingProblem, selected} from './store.js';

const EXTENSION = {
  'image/png': 'png', 'image/jpeg': 'jpg', 'image/gif': 'gif', 'image/webp': 'webp',
  'application/json': 'json', 'text/plain': 'txt',
};
const essence = type => type.split(';')[0].trim().toLowerCase();

function Nothing() {
  const line = `curl -d '{"ms": 5000}' -H 'Content-Type: application/json' ${api.url('v1/requests/sleep').href}`;
  return html`<section class="card detail empty">
    <h2>No request yet</h2>
    <p>Here you see one request live: its state, progress, log and result.
      Submit one with the form, or from a shell:</p>
    <${Command} text=${line}/>
  </section>`;
}

function percentOf(progress) {
  if (progress === null || typeof progress !== 'object') return null;
  const inner = typeof progress.progress === 'object' && progress.progress ? progress.progress : progress;
  const percent = inner.percent ?? (inner.total > 0 ? 100 * inner.done / inner.total : null);
  return Number.isFinite(percent) ? Math.min(100, Math.max(0, percent)) : null;
}

const WORDS = {
  ACCEPTED: 'Durable; waits for its turn', QUEUED: 'On its way to a processor', RUNNING: 'Running',
  RETRYING: 'Failed; will be tried again', CANCELING: 'Asked to stop', SUCCEEDED: 'Succeeded', FAILED: 'Failed',
  CANCELED: 'Canceled',
};

function Progress({view, progress}) {
  const percent = view.state === 'SUCCEEDED' ? 100 : percentOf(progress);
  const message = progress?.message ?? progress?.progress?.message;
  const open = percent === null && !view.done;
  const percentText = percent !== null && !view.done ? `, ${Math.round(percent)} %` : '';
  const messageText = message && !view.done ? `: ${message}` : '';
  return html`<div class="progress ${view.state.toLowerCase()} ${open ? 'open' : ''}">
    <progress max="100" value=${open ? undefined : percent ?? 0} aria-label="Progress"></progress>
    <span>${WORDS[view.state] || view.state}${percentText}${messageText}</span>
  </div>`;
}

/** What an event says, in words where we know them. */
function summary(event) {
  const data = event.data || {};
  if (data.error) return `${data.error.code}: ${data.error.title}`;
  if (event.type === 'started') {
    return `attempt ${data.attempt}${data.processor ? `, processor …${data.processor.slice(-6)}` : ''}`;
  }
  if (event.type === 'queued') return data.dispatch > 1 ? `dispatch ${data.dispatch}` : '';
  if (event.type === 'succeeded' && data.contentType) return `${bytes(data.bytes)}, ${data.contentType}`;
  if (event.type === 'progress' && percentOf(data) !== null) {
    const message = data.message ?? data.progress?.message;
    return `${Math.round(percentOf(data))} %${message ? `, ${message}` : ''}`;
  }
  if (event.type === 'output') {
    return data.text ?? `${data.base64 ? bytes(Math.floor(data.base64.length * 3 / 4)) : ''}`;
  }
  if (event.type === 'reset') return 'the log does not reach back further';
  const text = JSON.stringify(data);
  return text === '{}' ? '' : text.length > 200 ? text.slice(0, 200) + '…' : text;
}

function Log({events, createdAt}) {
  const list = useRef(null);
  // Follows the end until somebody scrolls up to read.
  const follows = useRef(true);
  useEffect(() => {
    const box = list.current;
    if (box && follows.current) box.scrollTop = box.scrollHeight;
  }, [events.length]);
  const onScroll = ({currentTarget: box}) => {
    follows.current = box.scrollHeight - box.scrollTop - box.clientHeight < 8;
  };
  const start = Date.parse(createdAt);
  if (events.length === 0) return html`<p class="hint">No event has arrived yet.</p>`;
  return html`<ol class="log" ref=${list} onScroll=${onScroll} tabindex="0" aria-label="Log">
    ${events.map(event => html`<li key=${event.seq} class=${event.type}>
      <span class="seq">${event.seq}</span>
      <time title=${event.at}>${event.at ? '+' + duration(Date.parse(event.at) - start) : ''}</time>
      <span class="type">${event.type}</span>
      <span class="data">${summary(event)}</span></li>`)}
  </ol>`;
}

function Result({id, result}) {
  const type = essence(result.blob.type || 'application/octet-stream');
  const name = `${id}.${EXTENSION[type] || 'bin'}`;
  const isImage = /^image\/(png|jpeg|gif|webp)$/.test(type);
  const isJson = type === 'application/json' || type.endsWith('+json');
  const shown = text => isJson ? pretty(text) : text.slice(0, 200_000);
  return html`<div class="result">
    <h3>Result</h3>
    <p class="hint">${type}, ${bytes(result.blob.size)} <a class="button quiet"
        href=${result.href} download=${name}>Download</a>
      ${result.text !== null && !isImage && html` <${Copy} text=${result.text} label="Copy the result"/>`}</p>
    ${isImage ? html`<img src=${result.href} alt="The result as an image"/>`
      : result.text !== null ? html`<pre tabindex="0">${shown(result.text)}</pre>`
      : html`<p class="hint">These bytes are no text; download them to look inside.</p>`}
  </div>`;
}

function Failure({error}) {
  const permanence = error.transient ? 'transient' : 'permanent';
  return html`<div class="problem">
    <strong>${error.title}</strong>
    ${error.detail && html`<p>${error.detail}</p>`}
    <p class="hint">${error.code}, attempt ${error.attempt} of ${error.maxAttempts}, ${permanence}</p>
  </div>`;
}

export function Detail() {
  const mine = selected.value;
  const box = useRef(null);
  useEffect(() => {
    // Below the form on a narrow screen: brought into sight when another request is chosen.
    if (mine && box.current && box.current.getBoundingClientRect().top > innerHeight / 2) box.current.scrollIntoView();
  }, [mine]);
  if (openingProblem.value) {
    return html`<section class="card detail">
      <h2>Not to be shown</h2>
      <${ProblemBox} problem=${openingProblem.value}/>
    </section>`;
  }
  if (!mine) return html`<${Nothing}/>`;
  const view = mine.view.value;
  const took = view.doneAt ? Date.parse(view.doneAt) - Date.parse(view.createdAt) : null;
  return html`<section class="card detail" ref=${box} aria-label="Request">
    <div class="title"><h2>${view.kind}</h2><span aria-live="polite"><${State} state=${view.state}/></span>
      ${!view.done && html`<button class="quiet cancel" disabled=${view.state === 'CANCELING'}
        title=${view.state === 'CANCELING' ? 'It was asked to stop already' : 'Ask it to stop'}
        onClick=${() => cancel(mine)}>Cancel</button>`}</div>
    <p class="id"><code>${mine.id}</code> <${Copy} text=${mine.id} label="Copy the id"/></p>
    <${Progress} view=${view} progress=${mine.progress.value}/>
    <dl>
      <div><dt>Attempt</dt><dd>${view.attempt} of ${view.maxAttempts}</dd></div>
      <div><dt>Created</dt>
        <dd><time dateTime=${view.createdAt}>${new Date(view.createdAt).toLocaleTimeString()}</time></dd></div>
      ${took !== null && html`<div><dt>Took</dt><dd>${duration(took)}</dd></div>`}
    </dl>
    ${mine.error.value && html`<${ProblemBox} problem=${mine.error.value}/>`}
    ${view.error && view.state !== 'SUCCEEDED' && html`<${Failure} error=${view.error}/>`}
    ${mine.result.value && html`<${Result} id=${mine.id} result=${mine.result.value}/>`}
    <h3>Log</h3>
    <${Log} key=${mine.id} events=${mine.events.value} createdAt=${view.createdAt}/>
  </section>`;
}
