import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { Sfc32 } from '#shared/rng.ts';
import { compress } from '../../../../../functions/worker/kinds/image/compression.ts';
import { convertToGrey } from '../../../../../functions/worker/kinds/image/conversion.ts';
import type { Pixels } from '../../../../../functions/worker/kinds/image/decode.ts';
import { describeColours } from '../../../../../functions/worker/kinds/image/metadata.ts';
import { makeThumbnail } from '../../../../../functions/worker/kinds/image/thumbnail.ts';

function flat(width: number, height: number, colour: [number, number, number]): Pixels {
  return { width, height, data: Buffer.alloc(width * height * 3, Buffer.from(colour)) };
}

function noise(width: number, height: number): Pixels {
  const rng = new Sfc32('noise');
  return { width, height, data: Buffer.from(Array.from({ length: width * height * 3 }, () => rng.int(256))) };
}

const decoded = async (file: Buffer) => sharp(file).raw().toBuffer({ resolveWithObject: true });

describe('thumbnail', () => {
  const box = { width: 128, height: 128, format: 'webp' as const };

  test.each([
    { name: 'landscape', width: 4000, height: 3000, expected: [128, 96] },
    { name: 'portrait', width: 300, height: 400, expected: [96, 128] },
    { name: 'square', width: 512, height: 512, expected: [128, 128] },
    { name: 'panorama', width: 3000, height: 10, expected: [128, 1] },
    { name: 'smaller than the box', width: 40, height: 30, expected: [40, 30] },
    { name: 'one pixel', width: 1, height: 1, expected: [1, 1] },
  ])('keeps proportions and never enlarges: $name', async ({ width, height, expected }) => {
    const thumbnail = await makeThumbnail(flat(width, height, [10, 200, 30]), box);
    expect([thumbnail.width, thumbnail.height]).toEqual(expected);
    const { format, ...real } = await sharp(thumbnail.bytes).metadata();
    expect([format, real.width, real.height]).toEqual(['webp', ...expected]);
  });

  test('has the asked format and box', async () => {
    const thumbnail = await makeThumbnail(flat(200, 100, [0, 0, 0]), { width: 50, height: 60, format: 'jpeg' });
    expect(await sharp(thumbnail.bytes).metadata()).toMatchObject({ format: 'jpeg', width: 50, height: 25 });
  });
});

describe('compression', () => {
  test('gives a JPEG of the same size that is close to the picture and smaller than its pixels', async () => {
    const pixels = flat(320, 200, [120, 60, 200]);
    const file = await compress(pixels);
    const { data, info } = await decoded(file);
    expect(info).toMatchObject({ width: 320, height: 200, channels: 3 });
    expect([...data.subarray(0, 3)].every((level, i) => Math.abs(level - pixels.data[i]!) <= 3)).toBe(true);
    expect(file.length).toBeLessThan(pixels.data.length / 10);
  });
});

describe('conversion', () => {
  test.each([
    ['white', [255, 255, 255], 255],
    ['black', [0, 0, 0], 0],
    ['the worked example', [200, 100, 50], 124],
    ['green weighs most, and fractions are cut (149.7)', [0, 255, 0], 149],
    ['red weighs less', [255, 0, 0], 76],
  ] as const)('%s', async (_, colour, luma) => {
    const { data, info } = await decoded(await convertToGrey(flat(16, 16, [...colour])));
    expect(info.channels).toBe(3);
    expect([...data.subarray(0, 3)]).toEqual([luma, luma, luma]);
  });
});

describe('metadata', () => {
  test('agrees with the textbook formulas on noise', () => {
    const pixels = noise(61, 37);
    const found = describeColours(pixels);
    (['red', 'green', 'blue'] as const).forEach((name, channel) => {
      const levels = [...pixels.data].filter((_, i) => i % 3 === channel);
      const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
      const variance = levels.reduce((sum, level) => sum + (level - mean) ** 2, 0) / levels.length;
      expect(found[name].mean).toBeCloseTo(mean, 9);
      expect(found[name].sd).toBeCloseTo(Math.sqrt(variance), 9);
      expect([found[name].min, found[name].max]).toEqual([Math.min(...levels), Math.max(...levels)]);
      const bins = Array.from({ length: 16 }, (_, bin) => levels.filter((level) => level >> 4 === bin).length);
      expect(found[name].histogram).toEqual(bins);
    });
  });

  test('agrees with libvips on mean and spread', async () => {
    const pixels = noise(200, 100);
    const { channels } = await sharp(pixels.data, { raw: { width: 200, height: 100, channels: 3 } }).stats();
    const { red } = describeColours(pixels);
    expect(red.mean).toBeCloseTo(channels[0]!.mean, 6);
    // libvips divides by n − 1.
    expect(red.sd * Math.sqrt(20_000 / 19_999)).toBeCloseTo(channels[0]!.stdev, 6);
  });

  test('a flat picture has no spread and one bin', () => {
    expect(describeColours(flat(7, 5, [255, 16, 15])).green).toEqual({
      mean: 16,
      sd: 0,
      min: 16,
      max: 16,
      histogram: [0, 35, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    });
  });
});
