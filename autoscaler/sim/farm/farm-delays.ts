import { DelaySampler } from '../delay.ts';
import type { TimingProfile } from '../timing-profile.ts';

/** What takes time on a farm besides the services, each with a sampler of its own. */
export interface FarmDelays {
  readonly claim: DelaySampler;
  readonly turnaround: DelaySampler;
  readonly collect: DelaySampler;
  readonly start: DelaySampler;
  readonly startNext: DelaySampler;
  readonly drain: DelaySampler;
}

export function delaysOf(profile: TimingProfile): FarmDelays {
  return {
    claim: new DelaySampler(profile.claim),
    turnaround: new DelaySampler(profile.turnaround),
    collect: new DelaySampler(profile.collect),
    start: new DelaySampler(profile.start),
    startNext: new DelaySampler(profile.startNext),
    drain: new DelaySampler(profile.drain),
  };
}
