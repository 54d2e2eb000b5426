import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process that can be told from a later one that was given the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process started, in the kernel's own terms: equal for one process, different for any two. */
  readonly startToken: string;
}

/** Identity of the process that has `pid` now; null when none runs (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | null {
  const startToken = readStartToken(pid);
  return startToken === null ? null : { pid, startToken };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return readStartToken(identity.pid) === identity.startToken;
}

/** Sends `signal` if the process still runs; false when it is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false; // it ended between the look and the signal
  }
}

function readStartToken(pid: number): string | null {
  return process.platform === 'linux' ? linuxStartToken(pid) : portableStartToken(pid);
}

/** Fields 3 (state) and 22 (start time in ticks since boot) of proc_pid_stat(5), with the boot's id: ticks restart with it. */
function linuxStartToken(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Field 2 is the program's name in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || startTicks === undefined) return null;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}:${startTicks}`;
  } catch {
    return null;
  }
}

function portableStartToken(pid: number): string | null {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? null : line.replace(/^\S+\s+/, '');
  } catch {
    return null;
  }
}
