import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { sep } from 'node:path';
import type { Clock } from '#shared/clock.ts';
import { identify, isAlive, signalProcess, type ProcessIdentity } from './process-identity.ts';

/**
 * The processes of a farm: the daemon leads a process group, and all that it starts stays in it, so they can be found even
 * after the daemon was killed. `folders` guards against a group id that was given out again: a member works in one of them.
 */
export interface FarmProcesses {
  readonly leader: ProcessIdentity;
  readonly folders: readonly string[];
}

/** Those that still run, the leader excepted. */
export function listMembers({ leader, folders }: FarmProcesses): ProcessIdentity[] {
  const now = identify(leader.pid);
  // The kernel gives no pid out while a group of that number has members: a new process with it means that there are none.
  if (now !== null && now.startToken !== leader.startToken) return [];
  return groupPids(leader.pid)
    .filter((pid) => pid !== leader.pid && worksIn(pid, folders))
    .map(identify)
    .filter((identity) => identity !== null);
}

/** Asks every member to stop, waits, then kills what is left. Returns those that had to be killed. */
export async function endMembers(
  processes: FarmProcesses,
  options: { clock: Clock; withinMs: number },
): Promise<readonly ProcessIdentity[]> {
  const { clock, withinMs } = options;
  for (const member of listMembers(processes)) signalProcess(member, 'SIGTERM');
  const deadline = clock.monotonic() + withinMs;
  while (listMembers(processes).length > 0 && clock.monotonic() < deadline) await clock.sleep(20);
  const killed = new Map<number, ProcessIdentity>();
  // A member may start another between the look and its end: kill until nobody is left.
  for (let left = listMembers(processes); left.length > 0; left = listMembers(processes)) {
    for (const member of left) {
      signalProcess(member, 'SIGKILL');
      killed.set(member.pid, member);
    }
    while (left.some(isAlive)) await clock.sleep(5);
  }
  return [...killed.values()];
}

function groupPids(group: number): number[] {
  return process.platform === 'linux' ? linuxGroupPids(group) : portableGroupPids(group);
}

/** Field 5 of proc_pid_stat(5). */
function linuxGroupPids(group: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2] === String(group);
      } catch {
        return false; // it ended meanwhile
      }
    });
}

function portableGroupPids(group: number): number[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,pgid='], { encoding: 'utf8' }).trim().split('\n');
  return lines
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid = 0, pgid]) => (pgid === group ? [pid] : []));
}

function worksIn(pid: number, folders: readonly string[]): boolean {
  if (process.platform !== 'linux') return true;
  try {
    const folder = readlinkSync(`/proc/${pid}/cwd`);
    return folders.some((allowed) => folder === allowed || folder.startsWith(allowed + sep));
  } catch {
    return false;
  }
}
