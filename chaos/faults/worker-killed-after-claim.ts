import { crashAtPoint } from './crash-at-point.ts';

export const workerKilledAfterClaim = crashAtPoint(
  'worker-killed-after-claim',
  'after-claim',
  'SIGKILL to a worker that has just claimed a task and not begun with it',
);
