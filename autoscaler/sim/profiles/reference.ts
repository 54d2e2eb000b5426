import type { TimingProfile } from '../timing-profile.ts';

/**
 * The reference's farm: everybody polls every 100 ms, and a worker is a deployment of its own. Figures: its recorded runs
 * (task-farm reference, scaling times of 2,259 scale-ups and 1,065 scale-downs; first observations; step durations); none
 * was fitted to QoS.
 */
export const referenceProfile: TimingProfile = {
  name: 'reference',
  claim: { kind: 'uniform', lowMs: 0, highMs: 100 },
  fastestOfIdle: true,
  turnaround: { kind: 'constant', ms: 0 },
  collect: { kind: 'uniform', lowMs: 0, highMs: 100 },
  // Deciles of the scale-up times' histogram, less the second or so in which the controller polls for a worker that is at
  // work already.
  start: { kind: 'quantiles', ms: [4200, 4700, 5000, 5150, 5300, 5450, 5700, 6100, 6600, 7000, 9000] },
  startNext: { kind: 'quantiles', ms: [4200, 4700, 5000, 5150, 5300, 5450, 5700, 6100, 6600, 7000, 9000] },
  drain: { kind: 'normal', meanMs: 2520, sdMs: 630, leastMs: 1000 },
  stepOverhead: { kind: 'constant', ms: 50 },
  firstObservation: { kind: 'uniform', lowMs: 700, highMs: 1200 },
  emptyWindow: { avgTime: 1.5, maxTime: 1.5, qosRate: 1 },
  settleS: 8,
  provenance: {
    source: 'lilanpei/AI-based-Autonomic-Management-of-Structured-Parallel-Programs @ 1c133a4, recorded runs',
  },
};
