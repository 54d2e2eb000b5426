import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { Sfc32 } from '#shared/rng.ts';
import { createImageSource } from '#shared/workload/image-source.ts';

const sourceOf = (seed: number, cacheBytes?: number) =>
  createImageSource({ rng: new Sfc32(seed), ...(cacheBytes !== undefined && { cacheBytes }) });

describe('the image source', () => {
  test.each([
    [1, 64],
    [64, 64],
    [100, 128],
    [511, 512],
    [545, 576],
    [777.4, 768],
    [1400, 1408],
  ])('%d px is a square JPEG of %d px', async (asked, made) => {
    const picture = await sourceOf(1).jpeg(asked);
    expect(await sharp(picture).metadata()).toMatchObject({ format: 'jpeg', width: made, height: made, channels: 3 });
  });

  test('gives the same bytes for the same seed, whatever was asked before, and others for another', async () => {
    const [one, same, other] = [sourceOf(1), sourceOf(1), sourceOf(2)];
    await one.jpeg(64);
    const picture = await one.jpeg(200);
    expect(picture.equals(await same.jpeg(200))).toBe(true);
    expect(picture.equals(await other.jpeg(200))).toBe(false);
  });

  test('has detail in proportion to the area, as photographs have', async () => {
    const source = sourceOf(3);
    const bitsPerPixel = await Promise.all(
      [512, 1024, 2048].map(async (sizePx) => ((await source.jpeg(sizePx)).length * 8) / sizePx ** 2),
    );
    for (const bits of bitsPerPixel) {
      expect(bits).toBeGreaterThan(0.7);
      expect(bits).toBeLessThan(1.5);
    }
    expect(Math.max(...bitsPerPixel) / Math.min(...bitsPerPixel)).toBeLessThan(1.05);
  });

  test('looks natural: every channel varies, and none is cut off', async () => {
    const { channels } = await sharp(await sourceOf(4).jpeg(512)).stats();
    for (const { mean, stdev } of channels) {
      expect(stdev).toBeGreaterThan(15);
      expect(mean).toBeGreaterThan(60);
      expect(mean).toBeLessThan(195);
    }
  });

  test('makes a size once, also when it is asked for at the same time', async () => {
    const source = sourceOf(5);
    const [one, other] = await Promise.all([source.jpeg(300), source.jpeg(340)]);
    expect(one).toBe(other);
    expect(await source.jpeg(320)).toBe(one);
  });

  test('forgets what was unused for longest when the cache is full', async () => {
    const pictures = await Promise.all([128, 192, 256].map((sizePx) => sourceOf(6).jpeg(sizePx)));
    const source = sourceOf(6, pictures.reduce((sum, { length }) => sum + length, 0) - 1);
    const [oldest, kept] = [await source.jpeg(128), await source.jpeg(192)];
    await source.jpeg(256);
    expect(await source.jpeg(192)).toBe(kept);
    const again = await source.jpeg(128);
    expect(again).not.toBe(oldest);
    expect(again.equals(oldest)).toBe(true);
  });
});
