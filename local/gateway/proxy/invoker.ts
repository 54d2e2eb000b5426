import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { SECOND, type Clock } from '#shared/clock.ts';
import { entropySeed } from '#shared/rng.ts';
import type { DeployedFunction, FunctionTable } from '../function-table.ts';
import { checkLength, hasBody, limitedBody } from '../http/body.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { forward, type ForwardLimits, type Invocation, type UpstreamAnswer } from './forward.ts';
import { endToEnd, invocationHeaders, type Headers } from './headers.ts';
import { statusOf } from './no-answer.ts';
import { findTarget } from './target.ts';

export interface InvokerOptions {
  readonly table: FunctionTable;
  readonly namespace: string;
  readonly metrics: GatewayMetrics;
  readonly clock: Clock;
  readonly limits: ForwardLimits;
  readonly maxBodyBytes: number;
  /** 'farmhand-local/<version>' */
  readonly servedBy: string;
}

/** The caller went away before the answer was complete: nginx's code, seen in metrics only. */
const CLIENT_CLOSED_REQUEST = 499;

/** Answers /function/<name>: finds a replica, streams the request to it and its answer back. */
export class Invoker {
  readonly #options: InvokerOptions;

  constructor(options: InvokerOptions) {
    this.#options = options;
  }

  /** @throws NoAnswer, FarmhandError BODY_TOO_LARGE; whoever catches it looks whether the answer has begun. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { table, namespace, maxBodyBytes } = this.#options;
    const { fn, path, pageAt } = findTarget(request.url ?? '', table, namespace);
    if (pageAt !== null && wantsPage(request)) {
      response.writeHead(302, { location: pageAt }).end();
      return;
    }
    checkLength(request, maxBodyBytes);
    const controller = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) controller.abort();
    });
    await this.invoke(
      fn,
      {
        method: request.method ?? 'GET',
        path,
        headers: this.stamp(request, response),
        body: hasBody(request) ? limitedBody(request, maxBodyBytes) : null,
        endless: (request.headers.accept ?? '').includes('text/event-stream'),
        controller,
      },
      async (answer) => {
        response.writeHead(answer.status, endToEnd(answer.headers));
        await pipeline(answer.body, response);
      },
    );
  }

  /**
   * The headers that the function gets, with call id and start time. The response carries them as OpenFaaS' does: the call id
   * only if it was made here.
   */
  stamp(request: IncomingMessage, response: ServerResponse): Headers {
    const given = request.headers['x-call-id'];
    const callId = typeof given === 'string' && given !== '' ? given : entropySeed();
    const startTime = `${Math.round(this.#options.clock.farmTime() * 1000)}000`;
    if (callId !== given) response.setHeader('X-Call-Id', callId);
    response.setHeader('X-Start-Time', startTime);
    response.setHeader('X-Served-By', this.#options.servedBy);
    return invocationHeaders(request.headers, { address: request.socket.remoteAddress, callId, startTime });
  }

  /** One invocation from start to end: wakes a function that has no replicas, counts, and hands the answer to `consume`. */
  async invoke<Result>(
    fn: DeployedFunction,
    invocation: Invocation,
    consume: (answer: UpstreamAnswer) => Promise<Result>,
  ): Promise<Result> {
    const { table, metrics, clock, limits } = this.#options;
    const startedMs = clock.monotonic();
    let status = CLIENT_CLOSED_REQUEST;
    metrics.started(fn.name);
    try {
      if (fn.replicas.desired === 0) table.scale(fn.name, fn.rules.min);
      const answer = await forward(fn.replicas, invocation, limits);
      status = answer.status;
      return await consume(answer);
    } catch (error) {
      if (!invocation.controller.signal.aborted) status = statusOf(error) ?? status;
      throw error;
    } finally {
      fn.invocations += 1;
      if (status === 200) fn.successes += 1;
      metrics.ended(fn.name, status, (clock.monotonic() - startedMs) / SECOND);
    }
  }
}

/**
 * A browser that opens a function's address. Its page has files beside it, and without a slash at the end the browser would look for
 * them beside the function. Programs get the function's answer with or without one.
 */
function wantsPage({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && (headers.accept ?? '').includes('text/html');
}
