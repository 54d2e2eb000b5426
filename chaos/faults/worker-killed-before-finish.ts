import { crashAtPoint } from './crash-at-point.ts';

export const workerKilledBeforeFinish = crashAtPoint(
  'worker-killed-before-finish',
  'before-finish',
  'SIGKILL to a worker whose task is done, side effect included, and not finished in the queue',
);
