import { NOTHING } from '../check/bounds.ts';
import type { Fault } from './fault.ts';
import { pickProcesses } from './pick.ts';

/** As a node that is drained, or a roll-out: workers are told to go, several at once, and have their grace. */
export const workersTerminated: Fault = {
  kind: 'workers-terminated',
  what: 'SIGTERM to up to half of the workers at once, to some of them twice',
  bound: () => NOTHING,
  uses: [],
  async inject({ farm, rng }) {
    const count = 1 + rng.int(Math.max(1, farm.workers >> 1));
    for (const pid of pickProcesses(farm.processes, 'worker', { count, rng })) {
      farm.processes.signal(pid, 'SIGTERM');
      // The second one means "at once": what it holds goes back by its exit.
      if (rng.int(4) === 0) farm.processes.signal(pid, 'SIGTERM');
    }
  },
};
