import { SECOND } from '#shared/clock.ts';
import { NOTHING } from '../check/bounds.ts';
import { orderAndAwait } from './crash-at-point.ts';
import type { Fault } from './fault.ts';

/** As a machine that swaps, a paused container, a long garbage collection: a zombie that believes it still has its task. */
export const workerFrozen: Fault = {
  kind: 'worker-frozen',
  what: 'SIGSTOP to a worker half way through a task, for longer than a lease, then SIGCONT: it must be fenced off',
  bound: () => NOTHING,
  uses: ['in-work-freeze'],
  async inject(victim) {
    const { farm, timeline, clock, rng, signal } = victim;
    const frozen = await orderAndAwait(victim, 'in-work-freeze');
    if (frozen === null) return;
    timeline.silenced('worker-frozen', frozen.pid, frozen.at);
    timeline.frozen += 1;
    await clock.sleep(farm.config.queue.leaseS * SECOND * (1.1 + rng.float() / 2), signal);
    farm.processes.signal(frozen.pid, 'SIGCONT');
    timeline.frozen -= 1;
  },
};
