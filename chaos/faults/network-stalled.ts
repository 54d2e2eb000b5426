import { SECOND } from '#shared/clock.ts';
import { NOTHING } from '../check/bounds.ts';
import { singleRedis } from '../farm/store.ts';
import type { Fault } from './fault.ts';

export const networkStalled: Fault = {
  kind: 'network-stalled',
  what: 'nothing passes between the farm and Redis for 2 s; no connection breaks',
  bound: () => NOTHING,
  uses: ['redis'],
  store: 'single',
  async inject({ farm, timeline, clock, signal }) {
    await timeline.outage('network-stalled', async () => {
      try {
        singleRedis(farm.store).proxy.stall();
        await clock.sleep(2 * SECOND, signal);
      } finally {
        singleRedis(farm.store).proxy.heal();
      }
    });
  },
};
