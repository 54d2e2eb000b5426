import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { SECOND, type Clock } from '#shared/clock.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';

/** One server-sent event. `data` is one line of JSON. */
export interface StreamEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Gives a client its events until `signal` aborts, because the client went or the function stops. When it resolves the stream ends. */
export type Feed = (send: (event: StreamEvent) => void, signal: AbortSignal) => Promise<void>;

/** Clients at a time; each holds a connection, and some a question to Redis twice a second. */
const MOST_CLIENTS = 50;
/** A comment: it keeps proxies from closing a silent stream, and finds out that a client has gone. */
const HEARTBEAT_MS = 15 * SECOND;
/** What a client waits before it comes again. */
const RETRY_MS = 2 * SECOND;
/** A client that reads so slowly is let go; it comes again and reads on where it was. */
const MOST_UNSENT_BYTES = 1024 * 1024;

/**
 * Server-sent events (WHATWG HTML, 9.2) to a bounded number of clients. A gateway may cut a stream at its own time limit;
 * browsers then come again with Last-Event-ID.
 */
export class EventStreams {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #clients = new Set<AbortController>();
  #closed = false;

  constructor(parts: { clock: Clock; log: Logger }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** @throws TOO_MANY_REQUESTS where as many watch as may; NOT_READY while the function stops */
  open(reply: FastifyReply, feed: Feed): FastifyReply {
    if (this.#closed) throw new FarmhandError('NOT_READY', 'the autoscaler is stopping');
    if (this.#clients.size >= MOST_CLIENTS) {
      void reply.header('retry-after', '10');
      throw new FarmhandError('TOO_MANY_REQUESTS', `${MOST_CLIENTS} clients watch already; try again later`);
    }
    const gone = new AbortController();
    const { raw } = reply;
    this.#clients.add(gone);
    raw.once('close', () => {
      gone.abort();
      this.#clients.delete(gone);
    });
    reply.hijack();
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      // nginx holds answers back otherwise.
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    raw.write(`retry: ${RETRY_MS}\n\n`);
    void this.#beat(raw, gone.signal);
    void this.#serve(raw, { feed, signal: gone.signal });
    return reply;
  }

  /** Ends all streams, and opens no more. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const client of this.#clients) client.abort();
  }

  async #serve(raw: ServerResponse, { feed, signal }: { feed: Feed; signal: AbortSignal }): Promise<void> {
    const send = ({ id, event, data }: StreamEvent): void => {
      if (signal.aborted) return;
      raw.write(`id: ${id}\nevent: ${event}\ndata: ${data}\n\n`);
      if (raw.writableLength > MOST_UNSENT_BYTES) raw.destroy();
    };
    try {
      await feed(send, signal);
    } catch (thrown) {
      this.#log.warn({ error: coerceError(thrown).message }, 'an event stream broke off; its client comes again');
    }
    raw.end();
  }

  async #beat(raw: ServerResponse, signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#clock.sleep(HEARTBEAT_MS, signal);
      if (signal.aborted) return;
      raw.write(': alive\n\n');
    }
  }
}
