import { SECOND, type Clock } from '#shared/clock.ts';
import { farmProcesses, pssMB } from '../live/processes.ts';
import { mean } from '../live/statistics.ts';
import type { SoakPlan } from './plan.ts';
import { fitSlope, type Reading, type Slope } from './slope.ts';
import { judgeSlope, type Verdict } from './verdict.ts';

/** Memory of one kind of process over a soak; MB are 10⁶ bytes. */
export interface RoleMemory {
  /** 'worker', 'emitter', …; 'gateway' and 'redis' are processes, too; 'redis data' is Redis's used_memory. */
  readonly role: string;
  /** Processes that the readings are of. */
  readonly processes: number;
  readonly meanMB: number;
  /** Null: too few readings that count. */
  readonly slopeMBPerHour: { readonly estimate: number; readonly low: number; readonly high: number } | null;
  readonly verdict: Verdict;
}

/** Readings of the memory of a farm's processes, by role. */
export class MemoryLog {
  readonly #clock: Clock;
  readonly #daemonPid: number;
  readonly #startedAt: number;
  readonly #readings = new Map<string, (Reading & { readonly atS: number })[]>();
  /** Processes of the last look; one that is not there any more is forgotten, since its pid may come again. */
  #alive = new Map<number, { readonly name: string; readonly bornAtS: number }>();

  constructor(options: { clock: Clock; daemonPid: number }) {
    this.#clock = options.clock;
    this.#daemonPid = options.daemonPid;
    this.#startedAt = options.clock.monotonic();
  }

  /** @param redisBytes used_memory */
  look(redisBytes: number): void {
    const atS = (this.#clock.monotonic() - this.#startedAt) / SECOND;
    const alive = new Map<number, { name: string; bornAtS: number }>();
    for (const { pid, folder } of farmProcesses(this.#daemonPid)) {
      const process = this.#alive.get(pid) ?? { name: `${pid}@${atS}`, bornAtS: atS };
      const value = readPss(pid);
      if (value === null) continue;
      alive.set(pid, process);
      const role = pid === this.#daemonPid ? 'gateway' : folder;
      this.#note(role, { process: process.name, ageS: atS - process.bornAtS, value, atS });
    }
    this.#alive = alive;
    this.#note('redis data', { process: 'redis', ageS: atS, value: redisBytes / 1e6, atS });
  }

  /** Role by role, in the order of names. */
  report({ warmUpS, youthS, blockS }: Pick<SoakPlan, 'warmUpS' | 'youthS' | 'blockS'>): RoleMemory[] {
    return (
      [...this.#readings]
        // What was seen no more than once is a process in its start, before it is what it will be.
        .filter(([, all]) => all.some(({ ageS }) => ageS > 0))
        .map(([role, all]) => {
          const counted = all.filter(({ atS, ageS }) => atS >= warmUpS && ageS >= youthS);
          const slope = fitSlope(counted, blockS);
          const meanMB = mean((counted.length > 0 ? counted : all).map(({ value }) => value));
          return {
            role,
            processes: new Set(all.map(({ process }) => process)).size,
            meanMB,
            slopeMBPerHour: slope && interval(slope),
            verdict: judgeSlope(slope, meanMB),
          };
        })
        .sort((a, b) => (a.role < b.role ? -1 : 1))
    );
  }

  #note(role: string, reading: Reading & { atS: number }): void {
    const readings = this.#readings.get(role) ?? [];
    this.#readings.set(role, readings);
    readings.push(reading);
  }
}

function interval({ perHour, low, high }: Slope): { estimate: number; low: number; high: number } {
  return { estimate: perHour, low, high };
}

/** Null for a process that ended meanwhile. */
function readPss(pid: number): number | null {
  try {
    const value = pssMB(pid);
    return Number.isNaN(value) ? null : value;
  } catch {
    return null;
  }
}
