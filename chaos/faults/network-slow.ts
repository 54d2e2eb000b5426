import { SECOND } from '#shared/clock.ts';
import { NOTHING } from '../check/bounds.ts';
import { singleRedis } from '../farm/store.ts';
import type { Fault } from './fault.ts';

export const networkSlow: Fault = {
  kind: 'network-slow',
  what: 'every byte between the farm and Redis takes 10 to 60 ms for a second',
  bound: () => NOTHING,
  uses: ['redis'],
  store: 'single',
  async inject({ farm, clock, rng, signal }) {
    try {
      singleRedis(farm.store).proxy.latency(10 + rng.int(50));
      await clock.sleep(SECOND, signal);
    } finally {
      singleRedis(farm.store).proxy.heal();
    }
  },
};
