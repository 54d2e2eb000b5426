import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** A process of the farm as /proc(5) shows it. Linux only: PSS is the kernel's own figure. */
export interface FarmProcess {
  readonly pid: number;
  /** Name of the folder that it works in: 'worker', 'emitter', ... */
  readonly folder: string;
}

/** Every process of the group that the farm's daemon leads. */
export function farmProcesses(daemonPid: number): readonly FarmProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        if (statFields(Number(name))[2] !== String(daemonPid)) return [];
        return [{ pid: Number(name), folder: basename(readlinkSync(`/proc/${name}/cwd`)) }];
      } catch {
        return []; // it ended meanwhile
      }
    });
}

/** Proportional set size in MB (10⁶ bytes): its own pages, and its share of those that it shares with others. */
export function pssMB(pid: number): number {
  const pss = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'));
  return (Number(pss?.[1]) * 1024) / 1e6;
}

/** User and system time that a process has used, in s. */
export function cpuSeconds(pid: number): number {
  const fields = statFields(pid);
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

/** USER_HZ: 100 on every Linux that Node runs on. */
const TICKS_PER_S = 100;

/** Fields of proc_pid_stat(5) from field 3 (state) on; field 2 may hold blanks. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
