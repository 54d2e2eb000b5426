import { crashAtPoint } from './crash-at-point.ts';

export const workerKilledAfterFinish = crashAtPoint(
  'worker-killed-after-finish',
  'after-finish',
  'SIGKILL to a worker that has just finished a task, and been given the next in the same step',
);
