import type { Pixels } from './decode.ts';

/** Levels (0 to 255) of one channel over all pixels. */
interface ChannelStatistics {
  readonly mean: number;
  /** Population standard deviation. */
  readonly sd: number;
  readonly min: number;
  readonly max: number;
  /** Pixels in each of 16 equal bins: levels 0-15, 16-31, ... */
  readonly histogram: readonly number[];
}

export interface ColourStatistics {
  readonly red: ChannelStatistics;
  readonly green: ChannelStatistics;
  readonly blue: ChannelStatistics;
}

const LEVELS = 256;
const BINS = 16;

/** Mean, spread, extremes and histogram of each channel. Everything follows from one exact count per level. */
export function describeColours({ data }: Pixels): ColourStatistics {
  const red = new Uint32Array(LEVELS);
  const green = new Uint32Array(LEVELS);
  const blue = new Uint32Array(LEVELS);
  // The hot loop of the kind: indices are in range by construction, and a level is a byte.
  for (let i = 0; i + 2 < data.length; i += 3) {
    increment(red, data[i]);
    increment(green, data[i + 1]);
    increment(blue, data[i + 2]);
  }
  return { red: describeChannel(red), green: describeChannel(green), blue: describeChannel(blue) };
}

function increment(counts: Uint32Array, level: number | undefined): void {
  if (level !== undefined) counts[level] = (counts[level] ?? 0) + 1;
}

function describeChannel(counts: Uint32Array): ChannelStatistics {
  const histogram = new Array<number>(BINS).fill(0);
  let pixels = 0;
  let sum = 0;
  let sumOfSquares = 0;
  let min = LEVELS - 1;
  let max = 0;
  counts.forEach((count, level) => {
    if (count === 0) return;
    pixels += count;
    sum += count * level;
    sumOfSquares += count * level * level;
    min = Math.min(min, level);
    max = level;
    const bin = Math.floor((level * BINS) / LEVELS);
    histogram[bin] = (histogram[bin] ?? 0) + count;
  });
  const mean = sum / pixels;
  // Sums stay below 2^53 (100 megapixels × 255²), so the difference of squares is exact enough; rounding may reach −0.
  const sd = Math.sqrt(Math.max(0, sumOfSquares / pixels - mean * mean));
  return { mean, sd, min, max, histogram };
}
