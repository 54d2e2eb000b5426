import { request as sendRequest } from 'undici';
import { MINUTE, SECOND, type Clock } from '#shared/clock.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import type { DeployedFunction, FunctionTable } from '../function-table.ts';
import { readBody } from '../http/body.ts';
import type { Answer, Call } from '../http/router.ts';
import type { AsyncQueue } from './async-queue.ts';
import type { Invocation, UpstreamAnswer } from './forward.ts';
import type { Invoker } from './invoker.ts';
import { NoAnswer, statusOf } from './no-answer.ts';
import { findTarget } from './target.ts';

/** OpenFaaS queues bodies of about 256 kB. */
const MAX_BODY_BYTES = 256_000;
/** Largest answer that is held for a callback. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const CALLBACK_TIMEOUT_MS = MINUTE;

export interface AsyncInvokerOptions {
  readonly table: FunctionTable;
  readonly namespace: string;
  readonly invoker: Invoker;
  readonly queue: AsyncQueue;
  readonly clock: Clock;
  /** Aborts callbacks that are under way when the gateway stops. */
  readonly stopped: AbortSignal;
}

/** How an asynchronous invocation ended: what its callback is told. */
interface Outcome {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** Answers POST /async-function/<name>: 202 at once, the invocation later, its result to X-Callback-Url. */
export class AsyncInvoker {
  readonly #options: AsyncInvokerOptions;

  constructor(options: AsyncInvokerOptions) {
    this.#options = options;
  }

  /** @throws NoAnswer 404, 429 when the queue is full; FarmhandError BODY_INVALID, BODY_TOO_LARGE */
  async accept({ request, response }: Pick<Call, 'request' | 'response'>): Promise<Answer> {
    const { table, namespace, invoker, queue } = this.#options;
    const { fn, path } = findTarget(request.url ?? '', table, namespace);
    const { 'x-callback-url': callback, ...headers } = invoker.stamp(request, response);
    const callbackUrl = callback === undefined ? null : parseCallback(callback);
    const body = await readBody(request, MAX_BODY_BYTES);
    const callId = String(headers['x-call-id']);
    const invocation = { method: 'POST', path, headers, body, endless: false, controller: new AbortController() };
    const run = async (): Promise<void> => this.#run(fn, invocation, { callId, callbackUrl });
    if (!queue.offer({ fn: fn.name, bytes: body.length, run })) {
      throw new NoAnswer(429, 'the asynchronous queue is full; try again later');
    }
    response.setHeader('X-Call-Id', callId);
    return { status: 202 };
  }

  async #run(
    fn: DeployedFunction,
    invocation: Invocation,
    call: { callId: string; callbackUrl: URL | null },
  ): Promise<void> {
    const { clock, stopped } = this.#options;
    const startedMs = clock.monotonic();
    const outcome = await this.#outcome(fn, invocation);
    if (call.callbackUrl === null) return;
    const { body } = await sendRequest(call.callbackUrl, {
      method: 'POST',
      headers: {
        'content-type': outcome.contentType,
        'x-call-id': call.callId,
        'x-duration-seconds': ((clock.monotonic() - startedMs) / SECOND).toFixed(6),
        'x-function-name': fn.name,
        'x-function-status': String(outcome.status),
      },
      body: outcome.body,
      signal: AbortSignal.any([stopped, AbortSignal.timeout(CALLBACK_TIMEOUT_MS)]),
    });
    await body.dump();
  }

  /** A function that cannot be made to answer is an outcome as well: its caller waits for the callback. */
  async #outcome(fn: DeployedFunction, invocation: Invocation): Promise<Outcome> {
    try {
      return await this.#options.invoker.invoke(fn, invocation, readOutcome);
    } catch (thrown) {
      const status = statusOf(thrown) ?? 502;
      return { status, contentType: 'text/plain; charset=utf-8', body: Buffer.from(coerceError(thrown).message) };
    }
  }
}

async function readOutcome({ status, headers, body }: UpstreamAnswer): Promise<Outcome> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new NoAnswer(502, `the answer is over ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  const contentType = [headers['content-type'] ?? []].flat().at(0) ?? 'application/octet-stream';
  return { status, contentType, body: Buffer.concat(chunks) };
}

function parseCallback(header: string | string[]): URL {
  const text = [header].flat().join(', ');
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new FarmhandError('BODY_INVALID', `X-Callback-Url: expected an http or https URL, got ${JSON.stringify(text)}`);
}
