import type { Rng } from '../rng.ts';

/** A square of 8-bit sRGB pixels, three bytes each, rows from the top. */
interface Texture {
  readonly data: Uint8ClampedArray;
  readonly sidePx: number;
}

interface Octaves {
  /** Lattice cells a side of the coarsest and the finest octave; powers of two. */
  readonly from: number;
  readonly to: number;
  /** Amplitude of the coarsest octave, levels; each finer one has `falloff` times the one before. */
  readonly amplitude: number;
  readonly falloff: number;
}

/**
 * Value noise (Perlin's "An Image Synthesizer", SIGGRAPH 1985, with a lattice of random values): detail at every scale with
 * amplitudes that fall as they do in photographs, strong in brightness and soft in colour. At JPEG quality 80 it takes one
 * bit a pixel, as a calm photograph does.
 */
const BRIGHTNESS: Octaves = { from: 2, to: 256, amplitude: 70, falloff: 0.7 };
const COLOUR: Octaves = { from: 2, to: 16, amplitude: 40, falloff: 0.6 };

/** @param sidePx power of two, at least 256 */
export function drawTexture(rng: Rng, sidePx: number): Texture {
  const y = drawNoise(rng.fork('brightness'), sidePx, BRIGHTNESS);
  const cb = drawNoise(rng.fork('blue'), sidePx, COLOUR);
  const cr = drawNoise(rng.fork('red'), sidePx, COLOUR);
  // JPEG's own colour space (JFIF 1.02, "Conversion to and from RGB"), with mid-grey as the origin.
  const data = new Uint8ClampedArray(sidePx * sidePx * 3);
  y.forEach((brightness, i) => {
    const blue = cb[i] ?? 0;
    const red = cr[i] ?? 0;
    data[3 * i] = 128 + brightness + 1.402 * red;
    data[3 * i + 1] = 128 + brightness - 0.344136 * blue - 0.714136 * red;
    data[3 * i + 2] = 128 + brightness + 1.772 * blue;
  });
  return { data, sidePx };
}

function drawNoise(rng: Rng, sidePx: number, { from, to, amplitude, falloff }: Octaves): Float32Array {
  const sum = new Float32Array(sidePx * sidePx);
  let octaveAmplitude = amplitude;
  for (let cells = from; cells <= to; cells *= 2) {
    const lattice = Float32Array.from({ length: cells * cells }, () => (rng.float() * 2 - 1) * octaveAmplitude);
    addInterpolated(sum, sidePx, { lattice, cells });
    octaveAmplitude *= falloff;
  }
  return sum;
}

/** Bilinear between lattice points, which repeat beyond the edge. */
function addInterpolated(sum: Float32Array, sidePx: number, grid: { lattice: Float32Array; cells: number }): void {
  const { lattice, cells } = grid;
  const cellPx = sidePx / cells;
  for (let y = 0; y < sidePx; y += 1) {
    const row = Math.floor(y / cellPx);
    const down = y / cellPx - row;
    const above = row * cells;
    const below = ((row + 1) % cells) * cells;
    for (let x = 0; x < sidePx; x += 1) {
      const left = Math.floor(x / cellPx);
      const right = (left + 1) % cells;
      const across = x / cellPx - left;
      const top = (lattice[above + left] ?? 0) * (1 - across) + (lattice[above + right] ?? 0) * across;
      const bottom = (lattice[below + left] ?? 0) * (1 - across) + (lattice[below + right] ?? 0) * across;
      const at = y * sidePx + x;
      sum[at] = (sum[at] ?? 0) + top * (1 - down) + bottom * down;
    }
  }
}
