import sharp from 'sharp';
import type { Pixels } from './decode.ts';
import { asRaw } from './raw.ts';

interface ThumbnailRequest {
  /** Box that the thumbnail fits into, px. */
  readonly width: number;
  readonly height: number;
  readonly format: 'webp' | 'jpeg';
}

interface Thumbnail {
  readonly bytes: Buffer;
  readonly width: number;
  readonly height: number;
  readonly format: ThumbnailRequest['format'];
}

/**
 * A Lanczos-3 reduction that fits the box, keeps the picture's proportions and never enlarges.
 * 4000 × 3000 px into 128 × 128 gives 128 × 96 (test/functions/worker/kinds/image/stages.test.ts).
 */
export async function makeThumbnail(pixels: Pixels, request: ThumbnailRequest): Promise<Thumbnail> {
  const { data, info } = await sharp(pixels.data, asRaw(pixels))
    .resize({
      width: request.width,
      height: request.height,
      fit: 'inside',
      kernel: 'lanczos3',
      withoutEnlargement: true,
    })
    .toFormat(request.format, { quality: 80 })
    .toBuffer({ resolveWithObject: true });
  return { bytes: data, width: info.width, height: info.height, format: request.format };
}
