import { NOTHING } from '../check/bounds.ts';
import { singleRedis } from '../farm/store.ts';
import type { Fault } from './fault.ts';

export const outOfMemory: Fault = {
  kind: 'out-of-memory',
  what: 'Redis is over maxmemory with noeviction and refuses to write for up to a second',
  bound: () => NOTHING,
  uses: ['redis'],
  store: 'single',
  async inject({ farm, timeline, clock, rng, signal }) {
    await timeline.outage('out-of-memory', async () => {
      try {
        await singleRedis(farm.store).redis.squeezeMemory();
        await clock.sleep(200 + rng.int(800), signal);
      } finally {
        await singleRedis(farm.store).redis.releaseMemory();
      }
    });
  },
};
