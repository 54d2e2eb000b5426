import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SystemClock } from '#shared/clock.ts';
import { FarmHttp } from '../../../cli/farm/http.ts';
import { readLogs } from '../../../cli/farm/logs.ts';

interface Line {
  readonly timestamp: string;
  readonly text: string;
}

const closers: (() => Promise<void>)[] = [];

/** A gateway whose streams end after each of `parts`, as OpenFaaS cuts them; it notes what it was asked. */
async function serve(parts: readonly (readonly Line[])[]) {
  const asked: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    const part = parts[asked.length] ?? [];
    asked.push(new URL(request.url ?? '', 'http://x').searchParams);
    for (const line of part)
      response.write(`${JSON.stringify({ name: 'worker', namespace: 'n', instance: 'w-1', ...line })}\n`);
    response.end('not json\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const http = new FarmHttp({ url: `http://127.0.0.1:${port}`, token: null, user: null, password: null });
  closers.push(async () => {
    await http.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { http, asked };
}

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

const at = (ms: number): string => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();

describe('readLogs', () => {
  it('reads what there is and ends', async () => {
    const { http, asked } = await serve([
      [
        { timestamp: at(0), text: 'one' },
        { timestamp: at(1), text: 'two' },
      ],
    ]);
    const texts: string[] = [];
    const signal = new AbortController().signal;
    const query = { name: 'worker', tail: 5, sinceMs: Date.UTC(2026, 0, 1), follow: false };
    for await (const { text } of readLogs(http, query, { clock: new SystemClock(), signal })) texts.push(text);
    expect(texts).toEqual(['one', 'two']);
    expect(asked.map(String)).toEqual(['name=worker&tail=5&since=2026-01-01T00%3A00%3A00.000Z']);
  });

  it('goes on where a cut stream ended: nothing twice, nothing missing', async () => {
    const { http, asked } = await serve([
      [
        { timestamp: at(5), text: 'one' },
        { timestamp: at(7), text: 'two' },
      ],
      // The gateway repeats the last moment, in which one more line came.
      [
        { timestamp: at(7), text: 'two' },
        { timestamp: at(7), text: 'three' },
        { timestamp: at(9), text: 'four' },
      ],
    ]);
    const stopping = new AbortController();
    const texts: string[] = [];
    const query = { name: 'worker', tail: 2, follow: true };
    for await (const { text } of readLogs(http, query, { clock: new SystemClock(), signal: stopping.signal })) {
      texts.push(text);
      if (text === 'four') stopping.abort();
    }
    expect(texts).toEqual(['one', 'two', 'three', 'four']);
    expect(asked[1]?.get('since')).toBe(at(6));
    expect(asked[1]?.has('tail')).toBe(false);
  });
});
