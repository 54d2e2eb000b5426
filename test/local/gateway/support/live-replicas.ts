import { readdirSync, readFileSync } from 'node:fs';

/** Pids of the processes that a gateway's replicas run in, found in /proc by their environment and not by what we know. */
export function liveReplicas(gateway: { readonly stateDir: string }, fn = ''): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => environmentOf(pid).includes(`FARM_SECRETS_DIR=${gateway.stateDir}/secret-mounts/${fn}`))
    .map(Number);
}

/** Empty for a process that has ended, also while it is a zombie. */
function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}
