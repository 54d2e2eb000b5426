import { FarmhandError } from '#shared/errors.ts';
import type { Policy, PolicyOptions } from './policy.ts';
import { ReactivePolicy, reactiveAverage, reactiveMaximum } from './reactive.ts';
import { StaticPolicy } from './static.ts';

/** What `findPolicy` knows, as people write it. */
export const policyNames = ['static-N', reactiveAverage.name, reactiveMaximum.name] as const;

/** The policy of that name. @throws UNKNOWN_POLICY, with the names that there are. */
export function findPolicy(name: string, options: PolicyOptions): Policy {
  if (name === reactiveAverage.name) return new ReactivePolicy(reactiveAverage, options);
  if (name === reactiveMaximum.name) return new ReactivePolicy(reactiveMaximum, options);
  const workers = /^static-([1-9]\d{0,3})$/.exec(name)?.[1];
  if (workers === undefined) {
    throw new FarmhandError(
      'UNKNOWN_POLICY',
      `policy ${JSON.stringify(name)}: expected one of ${policyNames.join(', ')} (N: a number of workers, as in static-15)`,
    );
  }
  return staticPolicy(Number(workers), options);
}

function staticPolicy(workers: number, options: PolicyOptions): Policy {
  const { minWorkers, maxWorkers } = options;
  if (workers < minWorkers || workers > maxWorkers) {
    throw new FarmhandError(
      'UNKNOWN_POLICY',
      `policy static-${workers}: N must be from minWorkers to maxWorkers (${minWorkers} to ${maxWorkers})`,
    );
  }
  return new StaticPolicy(workers);
}
