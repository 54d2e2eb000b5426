import { NOTHING } from '../check/bounds.ts';
import { singleRedis } from '../farm/store.ts';
import type { Fault } from './fault.ts';

export const connectionsKilled: Fault = {
  kind: 'connections-killed',
  what: 'CLIENT KILL of every connection that Redis has',
  bound: () => NOTHING,
  uses: ['redis'],
  store: 'single',
  async inject({ farm }) {
    await singleRedis(farm.store).redis.killClients();
  },
};
