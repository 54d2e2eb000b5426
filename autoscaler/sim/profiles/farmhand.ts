import type { TimingProfile } from '../timing-profile.ts';

export const farmhandProfile: TimingProfile = {
  name: 'farmhand',
  claim: { kind: 'uniform', lowMs: 1, highMs: 4 },
  fastestOfIdle: false,
  turnaround: { kind: 'constant', ms: 2 },
  collect: { kind: 'uniform', lowMs: 1, highMs: 4 },
  start: { kind: 'uniform', lowMs: 250, highMs: 350 },
  startNext: { kind: 'uniform', lowMs: 150, highMs: 250 },
  drain: { kind: 'uniform', lowMs: 20, highMs: 100 },
  stepOverhead: { kind: 'constant', ms: 0 },
  firstObservation: { kind: 'constant', ms: 20 },
  emptyWindow: null,
  settleS: 8,
  provenance: { source: 'farmhand calibrate --live' },
};
