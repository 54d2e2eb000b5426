import { readToken } from './token.js';

/** Speaks to the routes beside this page. Addresses are relative to it: a gateway is in front, under a path of its own. */

const READ_WITHIN_MS = 5_000;
/** An episode brings workers up before it answers. */
const WRITE_WITHIN_MS = 40_000;

/** An answer that is not 2xx. `code` is the server's own (docs/errors.md), or null where something else answered. */
export class ApiError extends Error {
  constructor({ status, code, message }) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const address = (path) => new URL(path, document.baseURI).href;

/** Reads JSON. @throws ApiError; TypeError or a TimeoutError where nobody answers */
export const read = (path) => call('GET', path, { timeoutMs: READ_WITHIN_MS });

/** Reads JSON, or null where this farm has no such route (404). */
export async function readIfThere(path) {
  try {
    return await read(path);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** Changes something; carries the token, if one was given. @throws as `read` */
export function write(method, path, body) {
  const token = readToken();
  const headers = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined || body instanceof Blob ? {} : { 'content-type': 'application/json' }),
  };
  const sent = body instanceof Blob ? body : body === undefined ? undefined : JSON.stringify(body);
  return call(method, path, { headers, body: sent, timeoutMs: WRITE_WITHIN_MS });
}

async function call(method, path, { headers = {}, body, timeoutMs }) {
  const response = await fetch(address(path), {
    ...{ method, headers, body, cache: 'no-store', signal: AbortSignal.timeout(timeoutMs) },
  });
  const text = await response.text();
  if (response.ok) return text === '' ? null : JSON.parse(text);
  throw refusal(path, response.status, text);
}

function refusal(path, status, text) {
  try {
    const { code, message } = JSON.parse(text).error;
    return new ApiError({ status, code, message });
  } catch {
    return new ApiError({ status, code: null, message: `${path} answered ${status}` });
  }
}
