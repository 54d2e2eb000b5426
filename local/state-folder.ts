import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Environment } from '#shared/config.ts';

/**
 * Where one farm on this machine keeps everything that is not source: `.farmhand/` in the project, or FARM_STATE_DIR.
 * Only its owner may look inside, for the farm's secrets are there.
 */
export interface StateFolder {
  readonly path: string;
  /** The farm that is up: see farm-record.ts. */
  readonly record: string;
  readonly lock: string;
  readonly secrets: string;
  readonly logs: string;
  /** What the daemon prints. */
  readonly farmLog: string;
  /** What the private Redis prints. */
  readonly redisLog: string;
  /** Redis's data. */
  readonly redis: string;
  /** A Redis server that is not the system's. */
  readonly redisProgram: string;
  /** V8's compiled code, shared by all processes of a farm. */
  readonly compileCache: string;
}

/** The places of a state folder; makes none of them. */
export function stateFolder(options: { root: string; environment: Environment }): StateFolder {
  // A variable that is set to nothing would name the project itself.
  const path = resolve(options.root, options.environment['FARM_STATE_DIR'] || '.farmhand');
  return {
    path,
    record: join(path, 'farm.json'),
    lock: join(path, 'lock'),
    secrets: join(path, 'secrets'),
    logs: join(path, 'logs'),
    farmLog: join(path, 'logs', 'farm.log'),
    redisLog: join(path, 'logs', 'redis.log'),
    redis: join(path, 'redis'),
    redisProgram: join(path, 'redis-program'),
    compileCache: join(path, 'compile-cache'),
  };
}

/** Makes the folder and those in it, closed to other users even where they existed with wider permissions. */
export function makeStateFolder(state: StateFolder): void {
  for (const folder of [state.path, state.lock, state.secrets, state.logs, state.redis, state.compileCache]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  }
}

/** Replaces a file in one step, for its owner only: a reader sees the old text or the new one, and a crash leaves one of them. */
export function writePrivateFile(file: string, text: string): void {
  const temporary = `${file}.${randomUUID()}`;
  writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' });
  renameSync(temporary, file);
}
