import { join } from 'node:path';
import { processEnvironment } from '#shared/config.ts';
import { farmTimeOf } from '#shared/redis.ts';
import { startOwnFarm, type OwnFarm } from '../../bench/own-farm.ts';
import { clock } from './farm.ts';
import { claimsInHands } from './hands.ts';

export const projectRoot = join(import.meta.dirname, '../..');

/** A whole farm on this machine, as `farmhand up` starts it: gateway, Redis and functions, on a state folder of its own. */
export interface LocalFarm extends Pick<OwnFarm, 'handle' | 'client' | 'queue' | 'environment'> {
  /** Redis TIME, ms. */
  farmTime(): Promise<number>;
  /** Tasks in workers' hands: task → member. */
  claims(): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

export async function startLocalFarm(settings: Readonly<Record<string, string>> = {}): Promise<LocalFarm> {
  const { signal } = new AbortController();
  const environment = processEnvironment();
  const { redis, queue, stop, ...farm } = await startOwnFarm({
    root: projectRoot,
    environment,
    settings,
    clock,
    signal,
  });
  return {
    ...farm,
    queue,
    farmTime: () => farmTimeOf(redis),
    async claims() {
      const held = await claimsInHands(redis, queue.keys);
      return Object.fromEntries(held.map(({ task, worker }) => [task.id, worker]));
    },
    close: stop,
  };
}
