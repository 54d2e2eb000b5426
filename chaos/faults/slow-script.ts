import { NOTHING } from '../check/bounds.ts';
import { singleRedis } from '../farm/store.ts';
import type { Fault } from './fault.ts';

export const slowScript: Fault = {
  kind: 'slow-script',
  what: "somebody else's script keeps Redis busy for up to 0.6 s",
  bound: () => NOTHING,
  uses: ['redis'],
  store: 'single',
  async inject({ farm, timeline, rng }) {
    await timeline.outage('slow-script', () => singleRedis(farm.store).redis.runSlowScript(100 + rng.int(500)));
  },
};
