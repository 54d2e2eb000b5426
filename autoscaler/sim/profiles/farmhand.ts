import { timingProfileSchema } from '../timing-profile.ts';
import measured from './farmhand.json' with { type: 'json' };

/** One machine under Farmhand, as `farmhand calibrate --live` measured it; the file says where and when. */
export const farmhandProfile = timingProfileSchema.parse(measured);
