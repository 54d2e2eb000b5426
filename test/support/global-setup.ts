import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '#shared/clock.ts';
import { processEnvironment } from '#shared/config.ts';
import { silentLogger } from '#shared/log.ts';
import type { TestProject } from 'vitest/node';
import { startPrivateRedis } from '../../local/redis/private-redis.ts';
import { redisProgram } from './redis-program.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string;
  }
}

/** One Redis for the whole run: REDIS_URL, else a private server that ends with the run. Tests keep apart by farm name. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const environment = processEnvironment();
  if (environment['REDIS_URL'] !== undefined) {
    project.provide('redisUrl', environment['REDIS_URL']);
    return async () => undefined;
  }
  const program = await redisProgram((sentence) => process.stderr.write(`${sentence}\n`));
  const folder = mkdtempSync(join(tmpdir(), 'farmhand-test-redis-'));
  const logFile = join(folder, 'redis.log');
  const server = await startPrivateRedis({ program, folder, logFile, clock: new SystemClock(), log: silentLogger });
  project.provide('redisUrl', server.url);
  return async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
