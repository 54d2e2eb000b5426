import { NOTHING } from '../check/bounds.ts';
import { singleRedis } from '../farm/store.ts';
import type { Fault } from './fault.ts';

export const connectionsCut: Fault = {
  kind: 'connections-cut',
  what: 'some connections to Redis break, replies on their way included',
  bound: () => NOTHING,
  uses: ['redis'],
  store: 'single',
  async inject({ farm, rng }) {
    singleRedis(farm.store).proxy.cut(0.2 + rng.float() * 0.8);
  },
};
