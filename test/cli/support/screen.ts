import type { Streams, Writer } from '../../../cli/writer.ts';

/** What a person or a program would see, as text. */
export interface Screen {
  readonly streams: Streams;
  out(): string;
  err(): string;
}

export function screen(options: { isTerminal?: boolean; columns?: number } = {}): Screen {
  const text = { out: '', err: '' };
  const writer = (to: 'out' | 'err'): Writer => ({
    write: (written) => {
      text[to] += written;
    },
    isTerminal: options.isTerminal ?? false,
    columns: options.columns ?? 120,
  });
  return { streams: { out: writer('out'), err: writer('err') }, out: () => text.out, err: () => text.err };
}
