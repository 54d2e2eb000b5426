import sharp from 'sharp';
import type { Pixels } from './decode.ts';
import { asRaw } from './raw.ts';

/** libjpeg's own default, where a photograph on a screen still looks untouched. */
const QUALITY = 75;

/** The picture as a JPEG for the web, without any metadata. */
export async function compress(pixels: Pixels): Promise<Buffer> {
  return sharp(pixels.data, asRaw(pixels)).jpeg({ quality: QUALITY }).toBuffer();
}
