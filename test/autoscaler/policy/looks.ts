import type { Seen } from '#autoscaler/observation.ts';
import type { Policy, PolicyOptions } from '#autoscaler/policy/policy.ts';
import { seen } from '../support/sightings.ts';

export const options: PolicyOptions = { minWorkers: 1, maxWorkers: 32, stepDurationS: 8, horizonS: null };

/** What a policy sees at `atS` seconds. */
export function look(
  atS: number,
  numbers: Parameters<typeof seen>[0] & { ready?: number; serviceS?: number | null; fresh?: boolean } = {},
): Seen {
  const { observation, info } = seen(numbers);
  const { ready = info.ready, serviceS = info.meanServiceS, fresh = info.fresh } = numbers;
  return { observation, info: { ...info, at: info.at + atS * 1000, ready, meanServiceS: serviceS, fresh } };
}

/** Workers that a policy wants: those that it asks for, or those that there are. */
export function wanted(policy: Policy, seen: Seen): number {
  const decision = policy.decide(seen);
  return decision.kind === 'scale' ? decision.replicas : seen.observation[4];
}
