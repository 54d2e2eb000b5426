import sharp from 'sharp';
import type { Pixels } from './decode.ts';
import { asRaw } from './raw.ts';

/** ITU-R BT.601 luma. (200, 100, 50) → 124.2, cut to 124, as test/functions/worker/kinds/image/stages.test.ts shows. */
const LUMA: [number, number, number] = [0.299, 0.587, 0.114];

/** The picture in grey on three equal channels, as a JPEG. */
export async function convertToGrey(pixels: Pixels): Promise<Buffer> {
  return sharp(pixels.data, asRaw(pixels)).recomb([LUMA, LUMA, LUMA]).jpeg({ quality: 75 }).toBuffer();
}
