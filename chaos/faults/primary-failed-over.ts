import { failover } from './failover.ts';

export const primaryFailedOver = failover(
  'primary-failed-over',
  'Redis Sentinel is asked to make the replica the primary',
  (pair) => pair.failOver(),
);
