import { defaultConfig } from '#shared/config-overrides.ts';
import { Sfc32 } from '#shared/rng.ts';
import { createSarsa } from '#autoscaler/learn/sarsa/load-sarsa.ts';
import type { Policy, PolicyOptions } from '#autoscaler/policy/policy.ts';
import { policyContract } from '../../../contract/policy.ts';
import { seen } from '../../support/sightings.ts';

type Settings = typeof defaultConfig.agents.sarsa;

/** SARSA that has learnt a little in every corner: queues and pools of all sizes, and rewards at random. */
function trained(change: Partial<Settings>, { minWorkers, maxWorkers }: PolicyOptions): Policy {
  const learner = createSarsa({
    settings: { ...defaultConfig.agents.sarsa, ...change },
    actions: { name: 'steps', minWorkers, maxWorkers },
    rng: new Sfc32(1),
  });
  const rng = new Sfc32(2);
  const place = () => seen({ waiting: rng.int(40), workers: rng.int(40), rate: rng.int(6) });
  for (let step = 0; step < 30; step += 1) {
    const reward = rng.float();
    learner.learn({
      seen: place(),
      action: rng.int(7),
      reward,
      next: place(),
      nextMask: [true, true, true, true, true, true, true],
      terminated: false,
      truncated: false,
    });
  }
  return learner;
}

policyContract('sarsa', (options) => trained({}, options));

policyContract('sarsa without a clock', (options) =>
  trained(
    {
      edges: [
        { dimension: 'inputQueue', at: [] },
        { dimension: 'load', at: [10, 20] },
      ],
    },
    options,
  ),
);
