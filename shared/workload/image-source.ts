import type { Sharp } from 'sharp';
import type { Rng } from '../rng.ts';
import { drawTexture } from './texture.ts';

/** Makes the pictures that image tasks of a workload carry. */
export interface ImageSource {
  /** A square JPEG, `sizePx` a side to the nearest GRID_PX. The same source gives the same bytes for the same size. */
  jpeg(sizePx: number): Promise<Buffer>;
}

/** Sizes are rounded to it, so that a workload meets a few dozen of them and most pictures are made once. */
const GRID_PX = 64;

/** Side of the tile that pictures are laid from. */
const TILE_PX = 512;

/**
 * Pictures cheap enough that the emitter does not take the CPU that the workers need: a tile of natural texture is drawn
 * once, laid mirrored until it fills the picture, and encoded in one pass without searching for shorter codes. Detail per
 * pixel is the same at every size, unlike in an enlarged tile, so the time to decode grows with the area.
 * Measured costs are in docs/calibration.md.
 */
export function createImageSource(options: { rng: Rng; cacheBytes?: number }): ImageSource {
  const { rng, cacheBytes = 32 * 1024 * 1024 } = options;
  const pictures = new Map<number, Promise<Buffer>>();
  let heldBytes = 0;
  let layTile: Promise<(sidePx: number) => Sharp> | undefined;

  const make = async (sidePx: number): Promise<Buffer> => {
    layTile ??= loadTile(rng);
    const picture = (await layTile)(sidePx);
    const bytes = await picture.jpeg({ quality: 80, optimiseCoding: false }).toBuffer();
    heldBytes += bytes.length;
    return bytes;
  };

  /** Forgets the pictures unused for longest; a Map iterates in order of insertion. */
  const evict = async (): Promise<void> => {
    for (const [sidePx, picture] of pictures) {
      if (heldBytes <= cacheBytes) return;
      pictures.delete(sidePx);
      heldBytes -= (await picture).length;
    }
  };

  return {
    async jpeg(sizePx) {
      const sidePx = Math.max(1, Math.round(sizePx / GRID_PX)) * GRID_PX;
      const picture = pictures.get(sidePx) ?? make(sidePx);
      pictures.delete(sidePx);
      pictures.set(sidePx, picture);
      const bytes = await picture;
      await evict();
      return bytes;
    },
  };
}

/** sharp is loaded with the first picture: an emitter of calibrated tasks never needs it. */
async function loadTile(rng: Rng): Promise<(sidePx: number) => Sharp> {
  const { default: sharp } = await import('sharp');
  sharp.concurrency(1);
  sharp.cache(false);
  const { data, sidePx: tilePx } = drawTexture(rng.fork('texture'), TILE_PX);
  return (sidePx) => {
    const tile = sharp(data, { raw: { width: tilePx, height: tilePx, channels: 3 } });
    if (sidePx <= tilePx) return tile.extract({ left: 0, top: 0, width: sidePx, height: sidePx });
    return tile.extend({ right: sidePx - tilePx, bottom: sidePx - tilePx, extendWith: 'mirror' });
  };
}
