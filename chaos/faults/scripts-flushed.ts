import { NOTHING } from '../check/bounds.ts';
import { singleRedis } from '../farm/store.ts';
import type { Fault } from './fault.ts';

export const scriptsFlushed: Fault = {
  kind: 'scripts-flushed',
  what: 'SCRIPT FLUSH: Redis forgets every script, also between two calls',
  bound: () => NOTHING,
  uses: ['redis'],
  store: 'single',
  inject: ({ farm }) => singleRedis(farm.store).redis.flushScripts(),
};
