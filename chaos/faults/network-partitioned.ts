import { NOTHING } from '../check/bounds.ts';
import { singleRedis } from '../farm/store.ts';
import type { Fault } from './fault.ts';

export const networkPartitioned: Fault = {
  kind: 'network-partitioned',
  what: 'every connection to Redis is cut, replies on their way included, and none can be made for up to 1.2 s',
  bound: () => NOTHING,
  uses: ['redis'],
  store: 'single',
  async inject({ farm, timeline, clock, rng, signal }) {
    await timeline.outage('network-partitioned', async () => {
      try {
        singleRedis(farm.store).proxy.partition();
        await clock.sleep(200 + rng.int(1_000), signal);
      } finally {
        singleRedis(farm.store).proxy.heal();
      }
    });
  },
};
