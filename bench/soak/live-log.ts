import { MINUTE, type Clock } from '#shared/clock.ts';
import { identify } from '../../local/process-identity.ts';
import { farmProcesses } from '../live/processes.ts';
import { mean } from '../live/statistics.ts';
import { liveHeapMB } from './live-heap.ts';
import { mostGrowth } from './verdict.ts';

/** What the processes of one kind hold after all garbage was collected, at an early look and at the last; MB are 10⁶ bytes. */
export interface LiveHeap {
  /** Mean over the processes that saw both looks. */
  readonly firstMB: number;
  readonly lastMB: number;
  readonly perHourMB: number;
  readonly verdict: 'flat' | 'grows';
}

interface Look {
  readonly role: string;
  readonly atMs: number;
  readonly valueMB: number;
}

/** Two looks at what a farm's processes hold. Growth between them is no garbage that waits: it is kept. */
export class LiveLog {
  readonly #clock: Clock;
  readonly #daemonPid: number;
  #first: ReadonlyMap<string, Look> | null = null;
  #last: ReadonlyMap<string, Look> = new Map();

  constructor(options: { clock: Clock; daemonPid: number }) {
    this.#clock = options.clock;
    this.#daemonPid = options.daemonPid;
  }

  /** Looks at all processes, one after the other; the first call is the first look, every later one the last. */
  async look(): Promise<void> {
    const looks = new Map<string, Look>();
    for (const { pid, folder } of farmProcesses(this.#daemonPid)) {
      const identity = identify(pid);
      const valueMB = await liveHeapMB(pid, { clock: this.#clock });
      if (identity === null || valueMB === null) continue;
      const role = pid === this.#daemonPid ? 'gateway' : folder;
      looks.set(`${pid} ${identity.startToken}`, { role, atMs: this.#clock.monotonic(), valueMB });
    }
    if (this.#first === null) this.#first = looks;
    else this.#last = looks;
  }

  /** Null: no process of the role could be looked at twice. */
  report(role: string): LiveHeap | null {
    const pairs = [...(this.#first ?? [])].flatMap(([process, first]) => {
      const last = this.#last.get(process);
      return last === undefined || first.role !== role ? [] : [{ first, last }];
    });
    if (pairs.length === 0) return null;
    const firstMB = mean(pairs.map(({ first }) => first.valueMB));
    const lastMB = mean(pairs.map(({ last }) => last.valueMB));
    const hours = mean(pairs.map(({ first, last }) => last.atMs - first.atMs)) / (60 * MINUTE);
    const perHourMB = (lastMB - firstMB) / hours;
    return { firstMB, lastMB, perHourMB, verdict: perHourMB <= mostGrowth(firstMB) ? 'flat' : 'grows' };
  }
}
