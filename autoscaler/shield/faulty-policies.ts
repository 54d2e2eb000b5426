import type { Seen } from '../observation.ts';
import type { Policy, PolicyDecision } from '../policy/policy.ts';

/** Policies that do what no policy should, to hold the shield against. */
export const faultyNames = ['faulty-nan', 'faulty-throws', 'faulty-hangs', 'faulty-up', 'faulty-down'] as const;

export type FaultyName = (typeof faultyNames)[number];

/** `hang`: lets the time of a hanging decision pass, however the caller's time passes. */
export function faultyPolicy(name: FaultyName, { hang }: { hang: () => void }): Policy {
  return { name, usesClock: false, decide: (seen) => misbehave(name, seen, hang) };
}

function misbehave(name: FaultyName, { observation }: Seen, hang: () => void): PolicyDecision {
  const workers = observation[4];
  switch (name) {
    case 'faulty-nan':
      return { kind: 'scale', replicas: Number.NaN, because: 'a network that has diverged' };
    case 'faulty-throws':
      throw new Error('no such neuron');
    case 'faulty-hangs':
      hang();
      return { kind: 'scale', replicas: workers + 1, because: 'an answer that comes too late' };
    case 'faulty-up':
      return { kind: 'scale', replicas: workers + 1, because: 'always one more' };
    case 'faulty-down':
      return { kind: 'scale', replicas: Math.max(0, workers - 1), because: 'always one fewer' };
  }
}
