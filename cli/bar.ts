import { Writable } from 'node:stream';
import { SingleBar } from 'cli-progress';
import type { Output } from './output.ts';

export interface Bar {
  update(done: number): void;
  stop(): void;
}

/** Elsewhere than in a terminal: a plain line at each so many per cent. */
const PLAIN_STEP_PERCENT = 25;

/** A progress bar where people read; plain lines where nothing can be redrawn. */
export function startBar(output: Output, { total, unit }: { total: number; unit: string }): Bar {
  if (!output.people.isTerminal) return plainBar(output, { total, unit });
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      output.people.write(chunk.toString());
      done();
    },
  });
  const terminal = Object.assign(stream, { isTTY: true, columns: output.people.columns });
  const bar = new SingleBar({
    format: `[{bar}] {percentage} %, {value} of {total} ${unit}, {eta_formatted} left`,
    barCompleteChar: '#',
    barIncompleteChar: '-',
    stream: terminal,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
  });
  bar.start(total, 0);
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
}

function plainBar(output: Output, { total, unit }: { total: number; unit: string }): Bar {
  let shown = 0;
  return {
    update(done) {
      const percent = Math.floor((100 * done) / total);
      if (percent < shown + PLAIN_STEP_PERCENT) return;
      shown = percent - (percent % PLAIN_STEP_PERCENT);
      output.say(`${percent} %, ${done} of ${total} ${unit}`);
    },
    stop: () => undefined,
  };
}
