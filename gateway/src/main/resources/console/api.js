// The public API as this page needs it. Paths are relative to the page, so that any prefix of a proxy holds.

const root = new URL('../', document.baseURI);

/** @param {string} path below the API's root, without a leading slash */
export const url = path => new URL(path.replace(/^\//, ''), root);

export class Problem extends Error {
  /** @param {{title?: string, detail?: string, code?: string, type?: string, status?: number}} body */
  constructor(body) {
    super(body.detail || body.title || 'The call failed');
    this.body = body;
  }
}

async function checked(response) {
  if (response.ok) return response;
  let body = {title: `HTTP status ${response.status}`, status: response.status};
  try {
    body = await response.json();
  } catch { /* not ours: a proxy's page */ }
  throw new Problem(body);
}

async function call(path, init) {
  let response;
  try {
    response = await fetch(url(path), init);
  } catch {
    throw new Problem({title: 'The gateway does not answer', detail: `No answer from ${root.host}. Is it running?`});
  }
  return checked(response);
}

export const kinds = async () => (await (await call('v1/kinds')).json()).kinds;

export const find = async id => (await call(`v1/requests/${id}`)).json();

export const submit = async (kind, contentType, body) => (await call(`v1/requests/${kind}`, {
  method: 'POST',
  headers: {'Content-Type': contentType},
  body,
})).json();

export const cancel = async id => (await call(`v1/requests/${id}/cancel`, {method: 'POST'})).json();

/** The result as its bytes. */
export const result = async id => (await call(`v1/requests/${id}/result`)).blob();
