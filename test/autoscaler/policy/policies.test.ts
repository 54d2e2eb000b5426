import { findPolicy, policyNames } from '#autoscaler/policy/catalogue.ts';
import { OpenLoopPolicy } from '#autoscaler/policy/open-loop.ts';
import { withinBounds } from '#autoscaler/policy/policy.ts';
import { policyContract } from '../../contract/policy.ts';

const withOptions = [
  'hpa-0.5-0s',
  'keda-1-60s',
  'kpa-1-6s',
  'square-root-0-last',
  'erlang-c-0.05-average',
  'offered-load-2.5-trend',
  'trend-0.5-2',
  'steady-1.5-60s',
];

for (const name of [...policyNames, ...withOptions]) {
  policyContract(name, (options) => findPolicy(name === 'static-N' ? `static-${options.minWorkers}` : name, options));
}

policyContract(
  'open-loop',
  (options) =>
    new OpenLoopPolicy(
      'open-loop',
      [12, 14, 14, 9].map((workers) => withinBounds(workers, options)),
    ),
);
