import sharp, { type Metadata } from 'sharp';
import { coerceError } from '#shared/errors.ts';
import { PermanentError } from '../kind.ts';
import { looksLikeSvg, recogniseFormat, type ImageFormat } from './format.ts';
import type { EncodedPicture } from './source.ts';

/**
 * 10,000 × 10,000 px. A worker holds three bytes a pixel, so this bounds it to 300 MB; a few bytes of PNG can claim
 * dimensions a thousand times that.
 */
const MAX_PIXELS = 100_000_000;

/** A picture as every stage sees it: upright, opaque, 8-bit sRGB, three bytes a pixel, rows from the top. */
export interface Pixels {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

/** What the file says of itself. */
export interface Header {
  readonly format: ImageFormat;
  /** EXIF orientation, 1 to 8; null when the file has none. */
  readonly orientation: number | null;
  /** Colour space of the file: 'srgb', 'cmyk', 'b-w', ... */
  readonly space: string;
  /** Bits a channel as sharp calls them: 'uchar', 'ushort', ... */
  readonly depth: string;
  readonly hasAlpha: boolean;
  /** Frames or pages; only the first is worked on. */
  readonly pages: number;
}

/** Reads and decodes a picture. PermanentError naming it when it is empty, not a picture, corrupt or absurdly large. */
export async function decode(source: EncodedPicture): Promise<{ header: Header; pixels: Pixels }> {
  const format = formatOf(source);
  const metadata = await attempt(source, () => sharp(source.bytes, { limitInputPixels: false }).metadata());
  const { width, height } = metadata.autoOrient;
  if (width * height > MAX_PIXELS) {
    throw new PermanentError(
      `${source.name}: ${width} × ${height} px, expected at most ${MAX_PIXELS / 1e6} megapixels`,
    );
  }
  // A warning of the decoder ("premature end of data segment") means that part of the picture is not there: sharp's default
  // of failing on it is what makes a damaged photograph a dead letter instead of a half grey thumbnail.
  const { data, info } = await attempt(source, () =>
    sharp(source.bytes, { limitInputPixels: MAX_PIXELS, failOn: 'warning', autoOrient: true })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true }),
  );
  return { header: headerOf(format, metadata), pixels: { data, width: info.width, height: info.height } };
}

function formatOf({ name, bytes }: EncodedPicture): ImageFormat {
  if (bytes.length === 0) throw new PermanentError(`${name}: empty file`);
  const format = recogniseFormat(bytes);
  if (format !== null) return format;
  if (looksLikeSvg(bytes)) {
    throw new PermanentError(`${name}: an SVG drawing, which is refused as unsafe to render; rasterise it first`);
  }
  throw new PermanentError(`${name}: not a picture; expected JPEG, PNG, WebP, GIF, TIFF or AVIF`);
}

/** The decoder is a function of the bytes, so what it refuses once it always refuses. */
async function attempt<T>({ name }: EncodedPicture, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const cause = coerceError(thrown);
    const reasons = new Set(cause.message.split('\n'));
    throw new PermanentError(`${name}: corrupt picture: ${[...reasons].slice(0, 3).join('; ')}`, { cause });
  }
}

function headerOf(format: ImageFormat, metadata: Metadata): Header {
  return {
    format,
    orientation: metadata.orientation ?? null,
    space: metadata.space,
    depth: metadata.depth,
    hasAlpha: metadata.hasAlpha,
    pages: metadata.pages ?? 1,
  };
}
