// The first page of the console: submit a request, watch it live, see its result.
import {render} from './vendor/preact.mjs';
import {useEffect} from './vendor/hooks.mjs';
import {html} from './html.js';
import {connection, retryNow} from './socket.js';
import {SubmitForm} from './submit.js';
import {Detail} from './detail.js';
import {entries, open, openingProblem, restore, selectedId} from './store.js';
import {State} from './parts.js';

function nextTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme
    ? root.dataset.theme === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  try {
    localStorage.setItem('sluice.theme', root.dataset.theme);
  } catch { /* for this visit only */ }
}

function Connection() {
  const {state, retryInS} = connection.value;
  const texts = {
    idle: 'Not connected: nothing to follow',
    connecting: 'Connecting…',
    live: 'Live',
    lost: `Connection lost, trying again in ${retryInS} s`,
  };
  return html`<div class="connection ${state}" role="status">
    <span class="dot" aria-hidden="true"></span><span>${texts[state]}</span>
    ${state === 'lost' && html`<button class="quiet" onClick=${retryNow}>Try now</button>`}
  </div>`;
}

function Header() {
  return html`<header>
    <a class="brand" href="./"><img src="icon.svg" alt="" width="28" height="28"/><h1>Sluice</h1></a>
    <${Connection}/>
    <button class="quiet theme" onClick=${nextTheme} title="Light or dark (t)"
      aria-label="Switch between light and dark">◐</button>
  </header>`;
}

function Recent() {
  if (entries.value.length < 2) return null;
  return html`<section class="card recent" aria-label="Requests of this page">
    <h2>Requests of this page</h2>
    <ul>${entries.value.map(each => html`<li key=${each.id}>
      <button class="row ${each.id === selectedId.value ? 'chosen' : ''}" onClick=${() => open(each.id)}>
        <${State} state=${each.view.value.state}/>
        <span class="kind">${each.view.value.kind}</span>
        <span class="id">${each.id.slice(-12)}</span>
      </button></li>`)}</ul>
  </section>`;
}

function onKey(event) {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key === 't' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) nextTheme();
}

function openLinked() {
  const wanted = location.hash.slice(1);
  if (wanted) open(wanted);
}

function App() {
  useEffect(() => {
    document.addEventListener('keydown', onKey);
    addEventListener('hashchange', openLinked);
    const wanted = location.hash.slice(1);
    restore().then(() => wanted && open(wanted));
    return () => {
      document.removeEventListener('keydown', onKey);
      removeEventListener('hashchange', openLinked);
    };
  }, []);
  const shown = openingProblem.value ? '' : selectedId.value;
  // The address always names what is shown, so that it can be kept or sent to somebody.
  useEffect(() => { if (shown) history.replaceState(null, '', `#${shown}`); }, [shown]);
  return html`<${Header}/>
    <main>
      <div class="left"><${SubmitForm}/><${Recent}/></div>
      <${Detail}/>
    </main>
    <footer><a href="../openapi.json">OpenAPI</a> · <a href="../asyncapi.json">AsyncAPI</a></footer>`;
}

const target = document.getElementById('app');
target.textContent = '';
render(html`<${App}/>`, target);
