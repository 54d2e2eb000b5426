import { NO_RUN } from './envelope.ts';
import type { Backlog } from './backlog.ts';
import type { Scripts } from './scripts.ts';

/** Backlog on Redis. */
export class RedisBacklog implements Backlog {
  readonly #scripts: Scripts;

  constructor(options: { scripts: Scripts }) {
    this.#scripts = options.scripts;
  }

  async read(): Promise<ReadonlyMap<string | null, number>> {
    const reply = (await this.#scripts.run('backlog', [])) as (string | number)[];
    const waiting = new Map<string | null, number>();
    for (let i = 0; i + 1 < reply.length; i += 2) {
      const run = String(reply[i]);
      waiting.set(run === NO_RUN ? null : run, Number(reply[i + 1]));
    }
    return waiting;
  }

  async bury(runs: readonly (string | null)[] | 'all', reason: string): Promise<readonly string[]> {
    if (runs !== 'all' && runs.length === 0) return [];
    const wanted = runs === 'all' ? [] : runs.map((run) => run ?? NO_RUN);
    return (await this.#scripts.run('bury-waiting', [JSON.stringify(reason), ...wanted])) as string[];
  }
}
