import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Which of these processes has an open connection from `port` of 127.0.0.1, by proc_net(5) and proc_pid_fd(5); null: none.
 * Linux only.
 */
export function clientProcess(port: number, pids: readonly number[]): number | null {
  const from = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const line = readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((text) => text.trim().split(/\s+/))
    .find((fields) => fields[1] === from);
  const inode = line?.[9];
  return pids.find((pid) => inode !== undefined && hasSocket(pid, inode)) ?? null;
}

function hasSocket(pid: number, inode: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`);
  } catch {
    return false; // it ended meanwhile
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null; // it was closed meanwhile
  }
}
