// Small parts that several places use.
import {signal} from './vendor/signals.mjs';
import {html} from './html.js';

export const State = ({state}) => html`<span class="state ${state.toLowerCase()}">${state}</span>`;

const copied = signal('');

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // On plain HTTP there is no clipboard API.
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'offscreen';
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  copied.value = text;
  setTimeout(() => { if (copied.value === text) copied.value = ''; }, 1_500);
}

export const Copy = ({text, label}) => html`<button type="button" class="quiet copy" onClick=${() => copy(text)}
  aria-label=${label}>${copied.value === text ? 'Copied' : 'Copy'}</button>`;

/** A command to paste, as every empty place offers one. */
export const Command = ({text}) => html`<div class="command">
  <code>${text}</code><${Copy} text=${text} label="Copy the command"/>
</div>`;

export const ProblemBox = ({problem}) => html`<div class="problem" role="alert">
  <strong>${problem.body.title || 'Problem'}</strong>
  <p>${problem.message}</p>
  ${problem.body.type && html`<a href=${'..' + problem.body.type} target="_blank"
    rel="noreferrer">What to do about ${problem.body.code}</a>`}
</div>`;

export function bytes(n) {
  if (n < 1_024) return `${n} ${n === 1 ? 'byte' : 'bytes'}`;
  const unit = n < 1_048_576 ? ['KiB', 1_024] : ['MiB', 1_048_576];
  return `${(n / unit[1]).toFixed(1)} ${unit[0]}`;
}

/** A duration for people; clocks of two machines may disagree, so never below zero. */
export function duration(ms) {
  const shown = Math.max(0, ms);
  if (shown < 1_000) return `${Math.round(shown)} ms`;
  if (shown < 60_000) return `${(shown / 1_000).toFixed(1)} s`;
  return `${Math.floor(shown / 60_000)} min ${Math.round(shown % 60_000 / 1_000)} s`;
}
