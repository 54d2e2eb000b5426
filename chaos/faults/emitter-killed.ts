import { functionKilled } from './function-killed.ts';

export const emitterKilled = functionKilled('emitter', 'SIGKILL to the emitter, with submissions in its hands');
