import { failover } from './failover.ts';

export const primaryKilled = failover(
  'primary-killed',
  'SIGKILL to the primary; Redis Sentinel makes the replica the primary',
  (pair) => pair.killPrimary(),
);
