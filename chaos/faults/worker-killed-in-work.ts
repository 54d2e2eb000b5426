import { crashAtPoint } from './crash-at-point.ts';

export const workerKilledInWork = crashAtPoint(
  'worker-killed-in-work',
  'in-work',
  'SIGKILL to a worker half way through a task',
);
