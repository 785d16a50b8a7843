// What this page knows about the requests that were submitted or opened here, as signals.
import {batch, computed, signal} from './vendor/signals.mjs';
import * as api from './api.js';
import {follow} from './socket.js';

const KEPT = 20;
const MAX_LOG = 1_000;
const STORAGE = 'sluice.requests';

const STATE_AFTER = {
  accepted: 'ACCEPTED', queued: 'QUEUED', started: 'RUNNING', progress: 'RUNNING', output: 'RUNNING',
  retrying: 'RETRYING', canceling: 'CANCELING', succeeded: 'SUCCEEDED', failed: 'FAILED', canceled: 'CANCELED',
};

export const DONE = new Set(['SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED']);

/** Entries, newest first: `{id, view, events, progress, result, error}`, each field a signal but the id. */
export const entries = signal([]);
export const selectedId = signal('');
/** Why a request that was asked for by its id is not shown; null if it is. */
export const openingProblem = signal(null);
export const selected = computed(() => entries.value.find(each => each.id === selectedId.value) || null);

function entry(id) {
  return {
    id,
    view: signal(null),
    events: signal([]),
    progress: signal(null),
    result: signal(null),
    error: signal(null),
  };
}

/** Takes a request into the page, with what a 202 or a GET said, and follows it. */
export function add(view) {
  const known = entries.value.find(each => each.id === view.id);
  const mine = known || entry(view.id);
  batch(() => {
    mine.view.value = view;
    if (!known) entries.value = [mine, ...entries.value].slice(0, KEPT);
    selectedId.value = view.id;
    openingProblem.value = null;
  });
  remember();
  if (!known) follow(view.id, 0, message => take(mine, message));
}

/** Opens a request by its id, from this page or from anywhere. */
export async function open(id) {
  const known = entries.value.find(each => each.id === id);
  try {
    add(known ? known.view.value : await api.find(id));
  } catch (problem) {
    openingProblem.value = problem;
  }
}

export async function cancel(mine) {
  try {
    mine.view.value = await api.cancel(mine.id);
  } catch (problem) {
    mine.error.value = problem;
  }
}

/** What was open when the page was left. */
export async function restore() {
  let ids = [];
  try {
    ids = JSON.parse(sessionStorage.getItem(STORAGE) || '[]');
  } catch { /* no storage, nothing to restore */ }
  for (const id of ids.reverse()) {
    try {
      add(await api.find(id));
    } catch { /* gone since */ }
  }
}

function remember() {
  try {
    sessionStorage.setItem(STORAGE, JSON.stringify(entries.value.map(each => each.id)));
  } catch { /* only a comfort */ }
}

function take(mine, message) {
  if (message.type === 'event') {
    happened(mine, message.event);
  } else if (message.type === 'end') {
    ended(mine);
  } else if (message.type === 'reset') {
    mine.events.value = [...mine.events.value, {type: 'reset', seq: message.seq, data: {}}];
  } else {
    mine.error.value = new api.Problem(message.problem);
  }
}

function happened(mine, event) {
  const type = event.type.replace(/^dev\.sluice\.request\.|\.v1$/g, '');
  const shown = {type, seq: Number(event.sequence), at: event.time, data: event.data};
  batch(() => {
    mine.events.value = [...mine.events.value, shown].slice(-MAX_LOG);
    if (type === 'progress') mine.progress.value = event.data;
    if (type === 'retrying') mine.progress.value = null;
    const state = type === 'accepted' && event.data.reason ? 'ACCEPTED' : STATE_AFTER[type];
    const view = mine.view.value;
    if (state && !view.done) {
      mine.view.value = {...view, state, attempt: event.data.attempt ?? view.attempt, done: DONE.has(state)};
    }
  });
}

async function ended(mine) {
  try {
    mine.view.value = await api.find(mine.id);
    if (mine.view.value.state === 'SUCCEEDED') {
      const blob = await api.result(mine.id);
      mine.result.value = {blob, href: URL.createObjectURL(blob), text: await textOf(blob)};
    }
  } catch (problem) {
    mine.error.value = problem;
  }
}

/** The bytes as text where they are meant to be read; null for everything else. */
async function textOf(blob) {
  const isText = /^text\/|json|xml|javascript|x-www-form-urlencoded/.test(blob.type);
  if (!isText && blob.size > 65_536) return null;
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(await blob.arrayBuffer());
  } catch {
    return null;
  }
}
