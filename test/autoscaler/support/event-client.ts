import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { onTestFinished } from 'vitest';

/** A server-sent event, its data parsed. */
export interface Event {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** A client of a stream of events, with what it has received so far. */
export interface EventClient {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly events: Event[];
  /** Lines that are comments. */
  readonly comments: string[];
  readonly ended: Promise<unknown>;
  close(): void;
}

/** Reads a stream until it ends, or the test does. */
export async function watch(url: string, lastEventId?: string): Promise<EventClient> {
  const asked = request(url, {
    headers: { accept: 'text/event-stream', ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) },
  }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const events: Event[] = [];
  const comments: string[] = [];
  let rest = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const blocks = `${rest}${chunk}`.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      if (block.startsWith(':')) comments.push(block);
      const event = eventOf(block);
      if (event !== null) events.push(event);
    }
  });
  const ended = new Promise((resolve) => response.once('close', resolve));
  onTestFinished(() => void asked.destroy());
  return {
    ...{ status: response.statusCode ?? 0, headers: response.headers, events, comments, ended },
    close: () => asked.destroy(),
  };
}

/** Null: a block that is no event. */
function eventOf(block: string): Event | null {
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
  const [id, event, data] = [field('id'), field('event'), field('data')];
  if (id === undefined || event === undefined || data === undefined) return null;
  return { id, event, data: JSON.parse(data) as Event['data'] };
}
