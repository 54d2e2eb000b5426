import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SystemClock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import { loadImageKind, type ImageResult } from '../../../../functions/worker/kinds/image.ts';
import { PermanentError, type TaskKind } from '../../../../functions/worker/kinds/kind.ts';
import { runKind, taskOf } from './run-kind.ts';

let kind: TaskKind;
let folder: string;
beforeAll(async () => {
  kind = await loadImageKind();
  folder = await mkdtemp(join(tmpdir(), 'farmhand-image-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Red above, blue below, 60 × 40 px. */
function twoColours(): Sharp {
  const data = Buffer.concat([
    Buffer.alloc(60 * 20 * 3, Buffer.from([250, 0, 0])),
    Buffer.alloc(60 * 20 * 3, Buffer.from([0, 0, 250])),
  ]);
  return sharp(data, { raw: { width: 60, height: 40, channels: 3 } });
}

const run = async (blob: Buffer, payload: unknown = {}) => {
  const { value, outputs } = await runKind(kind, { blob, payload });
  return { result: value as ImageResult, outputs };
};

/** Mean colour of a picture's upper and lower quarter. */
async function quarters(picture: Buffer): Promise<[number[], number[]]> {
  const { width, height } = await sharp(picture).metadata();
  const quarter = Math.floor(height / 4);
  const meanOf = async (top: number) => {
    const part = await sharp(picture).extract({ left: 0, top, width, height: quarter }).png().toBuffer();
    return (await sharp(part).stats()).channels.map(({ mean }) => mean);
  };
  return [await meanOf(0), await meanOf(height - quarter)];
}

describe('a good picture', () => {
  test('goes through all four stages', async () => {
    const file = await twoColours().jpeg({ quality: 95 }).toBuffer();
    const { result, outputs } = await run(file, { name: 'flag.jpg', out: 'thumbs/flag.webp' });
    expect(result).toMatchObject({
      name: 'flag.jpg',
      out: 'thumbs/flag.webp',
      format: 'jpeg',
      width: 60,
      height: 40,
      bytes: file.length,
      thumbnail: { blob: 'out-1', bytes: outputs[0]!.length, width: 60, height: 40, format: 'webp' },
      metadata: { format: 'jpeg', orientation: null, space: 'srgb', depth: 'uchar', hasAlpha: false, pages: 1 },
    });
    expect(Object.keys(result.stagesMs)).toEqual(['decode', 'thumbnail', 'compression', 'metadata', 'conversion']);
    expect(result.metadata!.channels.red.histogram.reduce((sum, count) => sum + count)).toBe(2400);
    expect(result.compressionRatio).toBe(result.compressedBytes! / file.length);
    expect(result.convertedBytes).toBeGreaterThan(0);
  });

  test('gives the same result twice, but for the times', async () => {
    const file = await twoColours().png().toBuffer();
    const [one, other] = [await run(file), await run(file)];
    expect({ ...one.result, stagesMs: null }).toEqual({ ...other.result, stagesMs: null });
    expect(one.outputs).toEqual(other.outputs);
  });

  test('is sent only through the stages that are asked for', async () => {
    const { result, outputs } = await run(await twoColours().png().toBuffer(), { stages: ['metadata'] });
    expect(Object.keys(result.stagesMs)).toEqual(['decode', 'metadata']);
    expect(outputs).toEqual([]);
    expect(result).not.toHaveProperty('thumbnail');
    expect(result).not.toHaveProperty('compressedBytes');
    expect(result).not.toHaveProperty('convertedBytes');
  });
});

const rgba = () =>
  sharp({ create: { width: 60, height: 40, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } } });
const grey = () => twoColours().greyscale().toColourspace('b-w');
const deep = () =>
  sharp(new Uint16Array(60 * 40 * 3).fill(0x8080), { raw: { width: 60, height: 40, channels: 3 } }).toColourspace(
    'rgb16',
  );
const animation = async () => {
  const frame = (background: string) =>
    sharp({ create: { width: 60, height: 40, channels: 3, background } })
      .png()
      .toBuffer();
  return sharp([await frame('#ff0000'), await frame('#00ff00'), await frame('#0000ff')], { join: { animated: true } });
};

describe('formats', () => {
  const made: readonly (readonly [string, ImageResult['format'], () => Promise<Buffer>])[] = [
    ['JPEG', 'jpeg', () => twoColours().jpeg().toBuffer()],
    ['progressive JPEG', 'jpeg', () => twoColours().jpeg({ progressive: true }).toBuffer()],
    ['grey JPEG', 'jpeg', () => grey().jpeg().toBuffer()],
    ['CMYK JPEG', 'jpeg', () => twoColours().toColourspace('cmyk').jpeg().toBuffer()],
    ['PNG', 'png', () => twoColours().png().toBuffer()],
    ['PNG with a palette', 'png', () => twoColours().png({ palette: true }).toBuffer()],
    ['PNG with alpha', 'png', () => rgba().png().toBuffer()],
    ['PNG of 16 bits', 'png', () => deep().png().toBuffer()],
    ['grey PNG', 'png', () => grey().png().toBuffer()],
    ['WebP', 'webp', () => twoColours().webp().toBuffer()],
    ['lossless WebP with alpha', 'webp', () => rgba().webp({ lossless: true }).toBuffer()],
    ['animated WebP', 'webp', async () => (await animation()).webp().toBuffer()],
    ['GIF', 'gif', () => twoColours().gif().toBuffer()],
    ['animated GIF', 'gif', async () => (await animation()).gif().toBuffer()],
    ['TIFF', 'tiff', () => twoColours().tiff().toBuffer()],
    ['CMYK TIFF', 'tiff', () => twoColours().toColourspace('cmyk').tiff({ compression: 'lzw' }).toBuffer()],
    ['AVIF', 'avif', () => twoColours().avif({ effort: 0 }).toBuffer()],
  ];

  test.each(made)('%s', async (_, format, make) => {
    const { result, outputs } = await run(await make(), { thumbnail: { format: 'jpeg' } });
    expect(result).toMatchObject({ format, width: 60, height: 40 });
    expect(await sharp(outputs[0]).metadata()).toMatchObject({ format: 'jpeg', width: 60, height: 40, space: 'srgb' });
    expect(result.metadata!.channels.blue.histogram.reduce((sum, count) => sum + count)).toBe(2400);
  });

  test('CMYK comes out in its colours', async () => {
    const { outputs } = await run(await twoColours().toColourspace('cmyk').tiff().toBuffer());
    const [above, below] = await quarters(outputs[0]!);
    expect(above[0]).toBeGreaterThan(above[2]! + 100);
    expect(below[2]).toBeGreaterThan(below[0]! + 50);
  });

  test('sixteen bits are scaled to eight, not cut', async () => {
    const { result } = await run(await deep().png().toBuffer());
    expect(result.metadata).toMatchObject({ depth: 'ushort', channels: { red: { min: 128, max: 128 } } });
  });

  test('what is transparent lies on white', async () => {
    const { result } = await run(await rgba().png().toBuffer());
    expect(result.metadata).toMatchObject({ hasAlpha: true, channels: { red: { mean: 255 } } });
    expect(result.metadata!.channels.green.mean).toBeCloseTo(127, -0.5);
  });

  test('of an animation the first frame counts', async () => {
    const { result } = await run(await (await animation()).gif().toBuffer());
    expect(result).toMatchObject({ width: 60, height: 40, metadata: { pages: 3 } });
    expect(result.metadata!.channels.red.mean).toBeGreaterThan(240);
    expect(result.metadata!.channels.green.mean).toBeLessThan(15);
  });

  test('a photograph taken with the camera on its side stands upright', async () => {
    // Orientation 6: the right edge of what is stored is the top.
    const file = await twoColours().withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer();
    const { result, outputs } = await run(file);
    expect(result).toMatchObject({ width: 40, height: 60, metadata: { orientation: 6 } });
    expect(result.thumbnail).toMatchObject({ width: 40, height: 60 });
    // Turned back, it is as it was stored.
    const [above, below] = await quarters(await sharp(outputs[0]).rotate(270).png().toBuffer());
    expect(above[0]).toBeGreaterThan(200);
    expect(below[2]).toBeGreaterThan(200);
  });
});

/** A PNG of a few bytes that claims to be 60,000 × 60,000 px. */
async function boast(): Promise<Buffer> {
  const file = await twoColours().png().toBuffer();
  file.writeUInt32BE(60_000, 16);
  file.writeUInt32BE(60_000, 20);
  file.writeUInt32BE(crc32(file.subarray(12, 29)), 29);
  return file;
}

describe('bad input is refused for good, by name', () => {
  const photograph = async () =>
    sharp({
      create: {
        width: 300,
        height: 300,
        channels: 3,
        background: '#000',
        noise: { type: 'gaussian', mean: 128, sigma: 40 },
      },
    })
      .jpeg()
      .toBuffer();
  const cases: readonly (readonly [string, () => Promise<Buffer>, string])[] = [
    ['zero bytes', async () => Buffer.alloc(0), 'empty file'],
    ['text', async () => Buffer.from('this is no picture\n'), 'not a picture; expected JPEG, PNG'],
    ['a PDF', async () => Buffer.from('%PDF-1.7\n...'), 'not a picture'],
    ['a name and nothing else', async () => Buffer.from([0xff, 0xd8, 0xff]), 'corrupt picture'],
    ['SVG', async () => Buffer.from('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'), 'SVG'],
    ['half a JPEG', async () => (await photograph()).subarray(0, 9000), 'corrupt picture'],
    ['a JPEG with a hole', async () => (await photograph()).fill(0xff, 8000, 9000), 'corrupt picture'],
    ['half a PNG', async () => (await twoColours().png().toBuffer()).subarray(0, 70), 'corrupt picture'],
    ['absurd dimensions', boast, '60000 × 60000 px, expected at most 100 megapixels'],
  ];

  test.each(cases)('%s', async (_, make, reason) => {
    const running = run(await make(), { name: 'holiday/bad.jpg' });
    await expect(running).rejects.toBeInstanceOf(PermanentError);
    await expect(running).rejects.toThrow(/^holiday\/bad\.jpg: /);
    await expect(running).rejects.toThrow(reason);
  });

  test('any damage ends in a result or a PermanentError, and nothing else', async () => {
    const files = await Promise.all([
      twoColours().jpeg().toBuffer(),
      twoColours().png().toBuffer(),
      twoColours().webp().toBuffer(),
      twoColours().gif().toBuffer(),
      twoColours().tiff({ compression: 'lzw' }).toBuffer(),
      twoColours().avif({ effort: 0 }).toBuffer(),
    ]);
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), damage, fc.nat(), async (file, bytes, cut) => {
        const damaged = Buffer.from(file);
        for (const [at, byte] of bytes) damaged[at % damaged.length] = byte;
        const length = cut % 3 === 0 ? cut % damaged.length : damaged.length;
        try {
          const { result } = await run(damaged.subarray(0, length));
          expect(result.width * result.height).toBeLessThanOrEqual(100_000_000);
        } catch (error) {
          expect(error).toBeInstanceOf(PermanentError);
        }
      }),
      { numRuns: 120, seed: 7 },
    );
  });

  test.each([
    ['an unknown stage', { stages: ['blur'] }, 'stages'],
    ['no stage', { stages: [] }, 'at least one stage'],
    ['a huge thumbnail', { thumbnail: { width: 5000 } }, 'thumbnail.width'],
    ['an unknown key', { quality: 3 }, '"quality"'],
    ['a list', [], 'payload of image task task-1'],
  ])('payload with %s', async (_, payload, reason) => {
    const running = run(await twoColours().png().toBuffer(), payload);
    await expect(running).rejects.toBeInstanceOf(PermanentError);
    await expect(running).rejects.toThrow(reason);
  });

  test('no picture at all', async () => {
    await expect(runKind(kind, { payload: {} })).rejects.toThrow(
      /task-1 has no picture: give it a blob, or payload.path/,
    );
  });
});

describe('a file on the same machine', () => {
  let roots: string[];
  beforeAll(async () => {
    const inside = join(folder, 'pictures');
    await mkdir(inside);
    roots = [inside];
    await writeFile(join(inside, 'good.png'), await twoColours().png().toBuffer());
    await writeFile(join(folder, 'secret.png'), await twoColours().png().toBuffer());
    await symlink(join(folder, 'secret.png'), join(inside, 'link.png'));
    await symlink(join(inside, 'good.png'), join(inside, 'inner-link.png'));
    await mkdir(join(folder, 'pictures-too'));
    await writeFile(join(folder, 'pictures-too', 'beside.png'), await twoColours().png().toBuffer());
  });

  test.each(['good.png', 'inner-link.png', 'sub/../good.png'])('is read below a root: %s', async (name) => {
    await mkdir(join(roots[0]!, 'sub'), { recursive: true });
    const { value } = await runKind(kind, { payload: { path: `${roots[0]!}/${name}` }, fileRoots: roots });
    expect(value).toMatchObject({ name: name.split('/').at(-1), width: 60, height: 40 });
  });

  test.each([
    ['outside', () => join(folder, 'secret.png'), 'not below the folders'],
    ['outside by dots', () => `${roots[0]!}/../secret.png`, 'not below the folders'],
    ['outside by a link', () => join(roots[0]!, 'link.png'), 'not below the folders'],
    ['beside a root of the same beginning', () => join(folder, 'pictures-too', 'beside.png'), 'not below the folders'],
    ['missing', () => join(roots[0]!, 'none.png'), 'ENOENT'],
    ['a folder', () => roots[0]!, 'expected a regular file'],
    ['relative', () => 'good.png', 'expected an absolute path'],
  ])('is refused: %s', async (_, path, reason) => {
    const running = runKind(kind, { payload: { path: path() }, fileRoots: roots });
    await expect(running).rejects.toBeInstanceOf(PermanentError);
    await expect(running).rejects.toThrow(reason);
  });

  test('is refused where workers have no roots', async () => {
    const running = runKind(kind, { payload: { path: join(roots[0]!, 'good.png') } });
    await expect(running).rejects.toThrow('this worker reads no files; send the picture as a blob');
  });
});

describe('abort', () => {
  test('stops between stages, and nothing is stored', async () => {
    const abort = new AbortController();
    const real = new SystemClock();
    let readings = 0;
    // Each stage reads the clock twice: decode, thumbnail, then the first reading of compression.
    const clock = {
      monotonic: () => {
        readings += 1;
        if (readings === 4) abort.abort(new Error('draining'));
        return real.monotonic();
      },
      farmTime: () => real.farmTime(),
      sleep: async () => undefined,
    };
    const outputs: Buffer[] = [];
    const running = kind.run(taskOf('image', { blob: Buffer.alloc(1), payload: {} }), {
      clock,
      signal: abort.signal,
      log: silentLogger,
      blob: () => twoColours().png().toBuffer(),
      putOutput: async (bytes) => `out-${outputs.push(bytes)}`,
    });
    await expect(running).rejects.toThrow('draining');
    expect(readings).toBe(4);
    expect(outputs).toEqual([]);
  });
});
