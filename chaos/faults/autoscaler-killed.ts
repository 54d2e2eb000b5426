import { NOTHING } from '../check/bounds.ts';
import type { Fault } from './fault.ts';
import { killFunction } from './function-killed.ts';

/** Half of the workers have been told to drain, and whoever told them is gone: their orders must run out by themselves. */
export const autoscalerKilled: Fault = {
  kind: 'autoscaler-killed',
  what: 'SIGKILL to the autoscaler in mid-scale, while workers drain on its order',
  bound: () => NOTHING,
  uses: ['autoscaler', 'pool'],
  async inject(victim) {
    const { farm, clock, rng, signal } = victim;
    const fewer = Math.max(1, farm.workers >> 1);
    const scaling = farm.http
      .call('POST', '/function/autoscaler/episodes', { body: { policy: `static-${fewer}`, initialWorkers: fewer } })
      // It is killed before it can answer; a refusal is no concern of this fault.
      .catch(() => undefined);
    await clock.sleep(20 + rng.int(200), signal);
    await killFunction(victim, 'autoscaler');
    await scaling;
  },
};
