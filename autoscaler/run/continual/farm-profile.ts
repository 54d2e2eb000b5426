import { FarmhandError } from '#shared/errors.ts';
import type { TimingProfile } from '../../sim/timing-profile.ts';
import type { FarmProfiles } from './farm-profiles.ts';

/** A scenario's keys for the profile `farm`. */
export interface FarmTiming {
  readonly profile: 'farm';
  readonly timing: TimingProfile;
}

/**
 * What the profile name `farm` means: the timing of this very farm, as its own log was fitted last. The two keys go into a
 * scenario as they are, so that a run's config.json has the figures whole and a thread needs no Redis:
 *
 *     scenarioFrom(config, { workload, dispatch, actions, lateCost, ...(await farmProfile(profiles)) })
 *
 * @throws UNKNOWN_PROFILE where the farm has no profile yet, with what to do
 */
export async function farmProfile(profiles: FarmProfiles): Promise<FarmTiming> {
  const latest = await profiles.latest();
  if (latest === null) {
    throw new FarmhandError(
      'UNKNOWN_PROFILE',
      "profile farm: this farm's log has not been fitted yet, which needs some dozens of finished tasks and a few minutes; " +
        'until then use farmhand or reference',
    );
  }
  return { profile: 'farm', timing: latest.profile };
}
