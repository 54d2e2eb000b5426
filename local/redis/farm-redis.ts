import type { Clock } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import type { Logger } from '#shared/log.ts';
import type { StateFolder } from '../state-folder.ts';
import { getRedis } from './get-redis.ts';
import { checkGivenRedis } from './given-redis.ts';
import { startPrivateRedis } from './private-redis.ts';

/** The Redis that a farm on this machine uses, whoever runs it. */
export interface FarmRedis {
  /** May hold a password. */
  readonly url: string;
  /** Ends the server if it is ours; a given one is left as it is. Idempotent. */
  stop(): Promise<void>;
}

/** @param options.givenUrl REDIS_URL; null: a private server in the state folder. */
export async function openFarmRedis(options: {
  givenUrl: string | null;
  state: StateFolder;
  environment: Environment;
  clock: Clock;
  log: Logger;
  onStep: (sentence: string) => void;
}): Promise<FarmRedis> {
  const { givenUrl, state, environment, clock, log, onStep } = options;
  if (givenUrl !== null) {
    await checkGivenRedis(givenUrl, log);
    return { url: givenUrl, stop: async () => undefined };
  }
  const program = await getRedis({ folder: state.redisProgram, path: environment['PATH'], onStep });
  return await startPrivateRedis({ program, folder: state.redis, logFile: state.redisLog, clock, log });
}
