import type { Clock } from '#shared/clock.ts';
import type { FarmConfig } from '#shared/config-schema.ts';
import type { RedisFarm } from '#shared/queue/redis-farm.ts';
import { farmProfile } from '../continual/farm-profile.ts';
import type { FarmProfiles } from '../continual/farm-profiles.ts';
import { recentWorkload } from '../continual/recent-workload.ts';
import type { ThisFarm } from './run-work.ts';

/** What the farm's own log says of it. */
export function thisFarm(parts: {
  queue: Pick<RedisFarm, 'archive' | 'journal'>;
  profiles: FarmProfiles;
  config: Pick<FarmConfig, 'control'>;
  clock: Clock;
}): ThisFarm {
  const { queue, profiles, config, clock } = parts;
  return {
    timing: async () => (await farmProfile(profiles)).timing,
    recentWorkload: () => recentWorkload(queue, { config, at: clock.farmTime() }),
  };
}
