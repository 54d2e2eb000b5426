import { NOTHING } from '../check/bounds.ts';
import { singleRedis } from '../farm/store.ts';
import type { Fault } from './fault.ts';

export const redisFrozen: Fault = {
  kind: 'redis-frozen',
  what: 'SIGSTOP to Redis for up to a second: connections stay open and nothing is answered',
  bound: () => NOTHING,
  uses: ['redis'],
  store: 'single',
  async inject({ farm, timeline, clock, rng, signal }) {
    await timeline.outage('redis-frozen', async () => {
      try {
        singleRedis(farm.store).redis.pause();
        await clock.sleep(200 + rng.int(800), signal);
      } finally {
        singleRedis(farm.store).redis.resume();
      }
    });
  },
};
