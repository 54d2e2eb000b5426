import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadConfig, type Environment, type FarmConfig } from '#shared/config.ts';
import type { FunctionDeployment } from './gateway/deployment.ts';
import { loadDeployments } from './stack.ts';
import { stateFolder, type StateFolder } from './state-folder.ts';

/** Everything that decides what a farm on this machine is, read and checked before anything is started. */
export interface FarmSettings {
  /** The project: stack.yml, farm.yml, template/ and the handlers. */
  readonly root: string;
  readonly state: StateFolder;
  readonly config: FarmConfig;
  readonly deployments: readonly FunctionDeployment[];
  /** REDIS_URL: a Redis that the user runs. Null: the farm runs its own. */
  readonly givenRedisUrl: string | null;
  /** The FARM_ variables that the functions are to see as we do. */
  readonly overrides: Readonly<Record<string, string>>;
  /** SHA-256 over all of the above: two farms with the same one do the same. */
  readonly hash: string;
}

/** Names that say where things are on this machine and in this process, rather than what a key of farm.yml is. */
const places = new Set(['FARM_SECRETS_DIR', 'FARM_FILE', 'FARM_FUNCTION', 'FARM_INSTANCE', 'FARM_STATE_DIR']);

/** Throws CONFIG_INVALID for anything in farm.yml, stack.yml or the environment that cannot be used. */
export function loadFarmSettings(options: { root: string; environment: Environment }): FarmSettings {
  const { environment } = options;
  const root = realpathSync(options.root);
  const farmFile = resolve(root, environment['FARM_FILE'] ?? 'farm.yml');
  const config = loadConfig(farmFile, environment);
  const deployments = loadDeployments({ root, environment });
  const givenRedisUrl = environment['REDIS_URL'] ?? null;
  const overrides: Record<string, string> = farmFile === join(root, 'farm.yml') ? {} : { FARM_FILE: farmFile };
  for (const [name, value] of Object.entries(environment)) {
    if (name.startsWith('FARM_') && !places.has(name) && value !== undefined) overrides[name] = value;
  }
  const hash = createHash('sha256').update(JSON.stringify({ root, config, deployments, givenRedisUrl })).digest('hex');
  return { root, state: stateFolder({ root, environment }), config, deployments, givenRedisUrl, overrides, hash };
}
