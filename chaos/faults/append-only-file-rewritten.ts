import { NOTHING } from '../check/bounds.ts';
import { singleRedis } from '../farm/store.ts';
import type { Fault } from './fault.ts';

export const appendOnlyFileRewritten: Fault = {
  kind: 'append-only-file-rewritten',
  what: 'BGREWRITEAOF under load: Redis forks and writes its data anew',
  bound: () => NOTHING,
  uses: ['redis'],
  store: 'single',
  inject: ({ farm }) => singleRedis(farm.store).redis.rewriteAppendOnlyFile(),
};
