import { functionKilled } from './function-killed.ts';

export const collectorKilled = functionKilled(
  'collector',
  'SIGKILL to the collector, between taking results and committing them',
);
