// One WebSocket for everything this page follows. It comes back by itself and continues where it was.
import {signal} from './vendor/signals.mjs';
import {url} from './api.js';

const MAX_PAUSE_MS = 30_000;
const WATCHDOG_MS = 25_000;
const PING_MS = 10_000;

/**
 * What people see of the connection: `state` is idle, connecting, live or lost; `retryInS` counts down while it is
 * lost.
 */
export const connection = signal({state: 'idle', retryInS: 0});

/** @type {Map<string, {seq: number, on: (message: object) => void}>} */
const followed = new Map();
let socket = null;
let attempts = 0;
let countdown = 0;
let heardAt = 0;

/** Follows a request from seq `after` on, until its end. */
export function follow(id, after, on) {
  followed.set(id, {seq: after, on});
  if (connection.value.state === 'live') subscribe(id, after);
  else if (connection.value.state === 'idle') connect();
}

export function unfollow(id) {
  if (followed.delete(id) && connection.value.state === 'live') send({type: 'unsubscribe', id});
}

/** Tries at once instead of after the countdown. */
export function retryNow() {
  clearInterval(countdown);
  connect();
}

const send = frame => socket.send(JSON.stringify(frame));
const subscribe = (id, after) => send({type: 'subscribe', id, after});

function connect() {
  connection.value = {state: 'connecting', retryInS: 0};
  const address = url('v1/ws');
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const mine = new WebSocket(address, 'sluice.v1+json');
  socket = mine;
  heardAt = Date.now();
  mine.onopen = () => send({type: 'hello'});
  mine.onmessage = message => {
    heardAt = Date.now();
    take(JSON.parse(message.data));
  };
  mine.onclose = () => { if (socket === mine) lost(); };
}

function take(message) {
  switch (message.type) {
    case 'welcome':
      attempts = 0;
      connection.value = {state: 'live', retryInS: 0};
      followed.forEach((each, id) => subscribe(id, each.seq));
      break;
    case 'event': {
      const each = followed.get(message.event.subject);
      const seq = Number(message.event.sequence);
      if (each && seq > each.seq) {
        each.seq = seq;
        each.on(message);
      }
      break;
    }
    case 'reset':
      followed.get(message.id)?.on(message);
      break;
    case 'end': {
      const each = followed.get(message.id);
      followed.delete(message.id);
      each?.on(message);
      break;
    }
    case 'problem': {
      const id = message.problem.requestId;
      const each = followed.get(id);
      followed.delete(id);
      each?.on(message);
      break;
    }
    default: // pong, accepted: nothing to do
  }
}

/** Full jitter, so that a restarted gateway is not met by everybody at once. */
function lost() {
  socket = null;
  if (followed.size === 0) {
    connection.value = {state: 'idle', retryInS: 0};
    return;
  }
  const most = Math.min(MAX_PAUSE_MS, 1_000 * 2 ** attempts++);
  let left = Math.ceil((1_000 + Math.random() * most) / 1_000);
  connection.value = {state: 'lost', retryInS: left};
  clearInterval(countdown);
  countdown = setInterval(() => {
    left -= 1;
    if (left > 0) connection.value = {state: 'lost', retryInS: left};
    else retryNow();
  }, 1_000);
}

setInterval(() => {
  if (connection.value.state !== 'live') return;
  if (Date.now() - heardAt > WATCHDOG_MS) {
    const silent = socket;
    lost();
    silent.close();
  } else {
    send({type: 'ping'});
  }
}, PING_MS);
