import type { SharpOptions } from 'sharp';
import type { Pixels } from './decode.ts';

/** Tells sharp how decoded pixels lie in memory. */
export function asRaw({ width, height }: Pixels): SharpOptions {
  return { raw: { width, height, channels: 3 } };
}
