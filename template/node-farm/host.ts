import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { SystemClock } from '#shared/clock.ts';
import { loadConfig, loadSecrets, type Environment } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Host } from '#shared/farm-function.ts';
import { createLogger } from '#shared/log.ts';
import { createMetrics } from '#shared/metrics.ts';
import { entropySeed, Sfc32, type Rng } from '#shared/rng.ts';

/** The function's name as deployed. OpenFaaS does not tell it to the process; stack.yml and the local gateway do. */
export function functionName(environment: Environment, folder: string): string {
  return environment['FARM_FUNCTION'] ?? basename(folder);
}

/**
 * Reads what the process needs before it can serve: configuration, secrets, a name of its own.
 * @param folder where index.ts lies; farm.yml is below it in function/, as `configuration.copy` of stack.yml puts it.
 */
export function openHost(environment: Environment, folder: string): Host {
  const fn = functionName(environment, folder);
  const config = loadConfig(environment['FARM_FILE'] ?? join(folder, 'function', 'farm.yml'), environment);
  const rng = new Sfc32(entropySeed());
  return {
    fn,
    instance: environment['FARM_INSTANCE'] ?? `${fn}-${hostname()}-${randomSuffix(rng.fork('instance'))}`,
    config,
    secrets: loadSecrets(environment),
    clock: new SystemClock(),
    rng,
    log: createLogger({ fn, level: config.logLevel }),
    metrics: createMetrics(),
  };
}

/** Where to listen: PORT (0 takes any free one) of HOST. In an image the watchdog beside us is the only client. */
export function listenAddress(environment: Environment): { host: string; port: number } {
  const text = environment['PORT'] ?? '3000';
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new FarmhandError('CONFIG_INVALID', `PORT: expected a whole number from 0 to 65535, got '${text}'`);
  }
  return { host: environment['HOST'] ?? '127.0.0.1', port };
}

/** Six of a-z and 0-9: two billion names, enough for the replicas of one host. */
function randomSuffix(rng: Rng): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: 6 }, () => letters.charAt(rng.int(letters.length))).join('');
}
