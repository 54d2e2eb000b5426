import { readFileSync } from 'node:fs';
import type { Clock } from '#shared/clock.ts';
import type { Usage } from '../function-status.ts';

/** proc_pid_stat(5) counts CPU time in these: USER_HZ, 100 on every Linux port that Node runs on. */
const TICKS_PER_S = 100;

interface Sample {
  readonly ticks: number;
  readonly atMs: number;
}

/** Memory and CPU of a function's processes, from /proc. */
export class UsageMeter {
  readonly #clock: Clock;
  #last = new Map<number, Sample>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Sums over `pids`. CPU is what was used since the previous call, and counts a process from its second reading on.
   * Undefined where there is no /proc.
   */
  read(pids: readonly number[]): Usage | undefined {
    if (process.platform !== 'linux') return undefined;
    const atMs = this.#clock.monotonic();
    const samples = new Map<number, Sample>();
    let cpu = 0;
    let totalMemoryBytes = 0;
    for (const pid of pids) {
      const reading = readProcess(pid);
      if (reading === null) continue;
      totalMemoryBytes += reading.residentBytes;
      samples.set(pid, { ticks: reading.ticks, atMs });
      const before = this.#last.get(pid);
      if (before === undefined || atMs <= before.atMs) continue;
      cpu += ((reading.ticks - before.ticks) / TICKS_PER_S / (atMs - before.atMs)) * 1e6;
    }
    this.#last = samples;
    return { cpu: Math.round(cpu), totalMemoryBytes };
  }
}

/** Null when the process has ended. */
function readProcess(pid: number): { ticks: number; residentBytes: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Field 2, the program's name, is in parentheses and may itself hold some; fields 14 and 15 are user and system time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const residentKb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return { ticks: Number(fields[11]) + Number(fields[12]), residentBytes: Number(residentKb ?? 0) * 1024 };
  } catch {
    return null;
  }
}
