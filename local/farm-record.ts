import { readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { readSecrets, type FarmSecrets } from './farm-secrets.ts';
import { isAlive } from './process-identity.ts';
import { writePrivateFile, type StateFolder } from './state-folder.ts';

const recordSchema = z.strictObject({
  /** With startToken: the daemon, told from any later process with its pid. */
  pid: z.int().positive(),
  startToken: z.string().min(1),
  /** The gateway's address. */
  url: z.url(),
  port: z.int().positive(),
  /** RFC 3339. */
  startedAt: z.string(),
  /** Of everything that the farm was started with: see farm-settings.ts. */
  configHash: z.string(),
});

/** farm.json: there as long as a farm is up. */
export type FarmRecord = z.infer<typeof recordSchema>;

/** A farm that is up on this machine, and the keys to it. */
export interface FarmHandle extends FarmRecord {
  readonly state: StateFolder;
  readonly secrets: FarmSecrets;
}

export function writeRecord(state: StateFolder, record: FarmRecord): void {
  writePrivateFile(state.record, `${JSON.stringify(record, null, 2)}\n`);
}

export function removeRecord(state: StateFolder): void {
  rmSync(state.record, { force: true });
}

/** The farm that is up on this state folder; null when none is, whatever a killed one left behind. */
export function findFarm(state: StateFolder): FarmHandle | null {
  let record: FarmRecord;
  try {
    record = recordSchema.parse(JSON.parse(readFileSync(state.record, 'utf8')));
  } catch {
    return null;
  }
  return isAlive(record) ? { ...record, state, secrets: readSecrets(state.secrets) } : null;
}
