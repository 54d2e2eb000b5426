import { SECOND, type Clock } from '#shared/clock.ts';
import { z } from 'zod';
import type { FarmHttp } from './http.ts';

const message = z.object({ name: z.string(), instance: z.string(), timestamp: z.string(), text: z.string() });

/** One line of a function's output, as OpenFaaS hands it out. */
export type LogLine = z.infer<typeof message> & {
  /** As it came over the wire. */
  readonly raw: string;
};

export interface LogQuery {
  readonly name: string;
  /** Newest lines at the start; absent: all that the gateway's window has. */
  readonly tail?: number;
  /** Only later lines; ms since 1970. */
  readonly sinceMs?: number;
  readonly follow: boolean;
}

const RECONNECT_AFTER_MS = 0.5 * SECOND;

/**
 * A function's lines, oldest first. Following goes on over the end of a stream: gateways cut every stream after their
 * write_timeout. Lines of the last moment come again with the new stream and are dropped.
 */
export async function* readLogs(
  http: FarmHttp,
  query: LogQuery,
  options: { clock: Clock; signal: AbortSignal },
): AsyncGenerator<LogLine> {
  const { clock, signal } = options;
  let { sinceMs, tail } = query;
  let lastMs = -Infinity;
  let seen = new Set<string>();
  for (;;) {
    const wire = {
      name: query.name,
      ...(query.follow && { follow: 'true' }),
      ...(tail !== undefined && { tail }),
      ...(sinceMs !== undefined && { since: new Date(sinceMs).toISOString() }),
    };
    for await (const raw of http.lines('/logs', { query: wire, signal })) {
      const parsed = message.safeParse(readJson(raw));
      if (!parsed.success) continue;
      const atMs = Math.floor(Date.parse(parsed.data.timestamp));
      if (atMs < lastMs || (atMs === lastMs && seen.has(raw))) continue;
      if (atMs > lastMs) seen = new Set();
      lastMs = atMs;
      seen.add(raw);
      yield { ...parsed.data, raw };
    }
    if (!query.follow || signal.aborted) return;
    if (lastMs !== -Infinity) {
      // `since` is exclusive, and more lines may have come within the same millisecond.
      sinceMs = lastMs - 1;
      tail = undefined;
    }
    await clock.sleep(RECONNECT_AFTER_MS, signal);
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
