// Markup as template strings; everything that is put in becomes a text node, never markup.
import {createElement} from './vendor/preact.mjs';
import htm from './vendor/htm.mjs';

export const html = htm.bind(createElement);
