import type { QueueObserver, QueueReading } from './observe.ts';
import type { Scripts } from './scripts.ts';

/** QueueObserver on Redis: one script, one round trip. */
export class RedisObserver implements QueueObserver {
  readonly #scripts: Scripts;

  constructor(options: { scripts: Scripts }) {
    this.#scripts = options.scripts;
  }

  async read(windowMs: number): Promise<QueueReading> {
    const reply = (await this.#scripts.run('observe', [windowMs])) as (string | number)[];
    const number = (index: number): number => Number(reply[index]);
    const counters = new Map<string, number>();
    for (let i = FIXED_FIELDS; i + 1 < reply.length; i += 2) counters.set(String(reply[i]), number(i + 1));
    const total = (name: string): number => counters.get(name) ?? 0;
    const count = number(9);
    return {
      at: number(0),
      input: number(1),
      emitting: number(2),
      waiting: number(3),
      inFlight: number(4),
      result: number(5),
      deadLetters: number(6),
      members: number(7),
      oldestSlackMs: reply[8] === '' ? null : number(8) - number(0),
      window: {
        count,
        met: number(10),
        meanSojournMs: count === 0 ? 0 : number(11) / count,
        maxSojournMs: number(12),
        meanServiceMs: count === 0 ? 0 : number(13) / count,
      },
      totals: {
        submitted: total('submitted'),
        emitted: total('emitted'),
        // Each claim has an epoch, and none is left out.
        claimed: number(14),
        // What is finished has been collected or waits for it.
        finished: total('collected') + number(5),
        collected: total('collected'),
        met: total('met'),
        dead: total('dead'),
        reclaimed: total('reclaimed'),
        released: total('released'),
        fenced: total('fenced'),
        duplicates: total('duplicates'),
      },
    };
  }
}

/** Fields of observe.lua's reply before the counters. */
const FIXED_FIELDS = 15;
