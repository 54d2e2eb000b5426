import { boundOfKill } from '../check/bounds.ts';
import { singleRedis } from '../farm/store.ts';
import type { Fault } from './fault.ts';

/** What it may forget by its way of writing is the one thing that a farm cannot make good. */
export const redisKilled: Fault = {
  kind: 'redis-killed',
  what: 'SIGKILL to Redis, and a start on what it left on disk',
  bound: boundOfKill,
  uses: ['redis'],
  store: 'single',
  async inject({ farm, timeline, clock, rng, signal }) {
    await timeline.outage('redis-killed', async () => {
      try {
        await singleRedis(farm.store).redis.kill();
        timeline.mayHaveForgotten(boundOfKill(farm.aof));
        await clock.sleep(rng.int(300), signal);
      } finally {
        await singleRedis(farm.store).redis.start();
      }
    });
  },
};
