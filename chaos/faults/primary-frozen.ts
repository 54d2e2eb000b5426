import { failover } from './failover.ts';

export const primaryFrozen = failover(
  'primary-frozen',
  'SIGSTOP to the primary, whose connections stay open and silent, until the replica is the primary',
  (pair) => pair.freezePrimary(),
);
