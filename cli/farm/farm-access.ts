import type { FarmAccess } from '#autoscaler/run/live/live-environments.ts';
import type { FarmHandle } from '../../local/farm-record.ts';
import { speakTo } from './connect.ts';
import type { FarmHttp } from './http.ts';

/** What a live environment or a live calibration needs of a farm that is up. `functions` is to be closed after use. */
export function accessTo(farm: FarmHandle): FarmAccess & { readonly functions: FarmHttp } {
  const { redisUrl, gatewayUser, gatewayPassword } = farm.secrets;
  return { url: farm.url, redisUrl, gatewayUser, gatewayPassword, functions: speakTo(farm) };
}
