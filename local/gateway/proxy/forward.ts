import type { Readable } from 'node:stream';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import type { Replica } from '../replica/replica.ts';
import { isRefused } from '../replica/refused.ts';
import type { ReplicaSet } from '../replica/replica-set.ts';
import type { Headers } from './headers.ts';
import { NoAnswer } from './no-answer.ts';

/** An invocation on its way to a replica. */
export interface Invocation {
  readonly method: string;
  /** Path and query as the function sees them, beginning with '/'. */
  readonly path: string;
  readonly headers: Headers;
  /** Null: none. An iterable is not touched before a connection stands, so that another replica can be tried. */
  readonly body: AsyncIterable<Uint8Array> | Uint8Array | null;
  /** An event stream, which may be silent for any time. */
  readonly endless: boolean;
  /** Aborted when the caller gives up; aborted by the replica when it cuts an event stream. */
  readonly controller: AbortController;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Must be read or destroyed: the replica counts the exchange as in flight until then. */
  readonly body: Readable;
}

export interface ForwardLimits {
  /** Longest wait for a replica that is starting, ms. */
  readonly startWaitMs: number;
  /** Longest time to the answer's head, and longest silence within its body, ms. */
  readonly upstreamTimeoutMs: number;
}

/**
 * Sends an invocation to the least loaded replica that is ready. An invocation of which not a byte was sent,
 * because the connection was refused, is tried once more on another replica; nothing else is repeated, since the function may have acted on it.
 * @throws NoAnswer 503: no replica is ready; 502: the replica failed or did not answer in time. FarmhandError: whatever the
 * body's iterable throws.
 */
export async function forward(
  replicas: ReplicaSet,
  invocation: Invocation,
  limits: ForwardLimits,
): Promise<UpstreamAnswer> {
  const { signal } = invocation.controller;
  const first = await acquire(replicas, { waitMs: limits.startWaitMs, signal });
  try {
    return await send(first, invocation, limits);
  } catch (error) {
    if (!wasNotSent(error)) throw failure(error);
  }
  void first.checkReady();
  const second = await acquire(replicas, { waitMs: limits.startWaitMs, signal, except: first });
  try {
    return await send(second, invocation, limits);
  } catch (error) {
    throw failure(error);
  }
}

async function acquire(replicas: ReplicaSet, options: Parameters<ReplicaSet['acquire']>[0]): Promise<Replica> {
  const replica = await replicas.acquire(options);
  if (replica === null) throw new NoAnswer(503, 'no replica of the function is ready');
  return replica;
}

/** It stopped between the choice and the sending. */
class ReplicaGone extends Error {}

/** Not a byte of the request has left. */
function wasNotSent(error: unknown): boolean {
  return error instanceof ReplicaGone || isRefused(error);
}

function failure(error: unknown): Error {
  if (error instanceof FarmhandError) return error; // the body's reader refused it
  return new NoAnswer(502, `the function did not answer: ${coerceError(error).message}`, { cause: error });
}

async function send(replica: Replica, invocation: Invocation, limits: ForwardLimits): Promise<UpstreamAnswer> {
  const { controller, endless } = invocation;
  const end = replica.begin({ endless, abort: () => controller.abort() });
  try {
    if (replica.pool === null) throw new ReplicaGone('the replica has stopped');
    const answer = await replica.pool.request({
      method: invocation.method,
      path: invocation.path,
      headers: invocation.headers,
      // undici takes iterables (docs/docs/api/Dispatcher.md, `body`); its types leave them out.
      body: invocation.body as Readable | Uint8Array | null,
      signal: controller.signal,
      headersTimeout: limits.upstreamTimeoutMs,
      bodyTimeout: endless ? 0 : limits.upstreamTimeoutMs,
    });
    answer.body.once('close', end);
    return { status: answer.statusCode, headers: answer.headers, body: answer.body };
  } catch (error) {
    end();
    throw error;
  }
}
