import { FarmhandError } from '#shared/errors.ts';
import type { TimingProfile } from '../timing-profile.ts';
import { farmhandProfile } from './farmhand.ts';
import { referenceProfile } from './reference.ts';

export const timingProfileNames = ['reference', 'farmhand'] as const;

export type TimingProfileName = (typeof timingProfileNames)[number];

/** The profile of that name. @throws UNKNOWN_PROFILE, with the names that there are. */
export function timingProfile(name: string): TimingProfile {
  if (name === 'reference') return referenceProfile;
  if (name === 'farmhand') return farmhandProfile;
  throw new FarmhandError(
    'UNKNOWN_PROFILE',
    `profile ${JSON.stringify(name)}: expected one of ${timingProfileNames.join(', ')}`,
  );
}
