import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { calibrate, writeCalibration } from '#autoscaler/run/calibrate/calibrate.ts';
import { analyse, type Calibration } from '#autoscaler/run/calibrate/calibration.ts';
import type { Trial } from '#autoscaler/run/calibrate/measure.ts';
import { fullCalibration, quickCalibration } from '#autoscaler/run/calibrate/plan.ts';
import { SystemClock } from '#shared/clock.ts';

const plan = { sizesPx: [96, 32, 64], trials: 3, seed: 42 };
const never = new AbortController().signal;
let found: Calibration;
let seen: { done: number; total: number; sizePx: number }[];
beforeAll(async () => {
  seen = [];
  found = await calibrate(plan, {
    clock: new SystemClock(),
    signal: never,
    onTrial: ({ trial, done, total }) => seen.push({ done, total, sizePx: trial.sizePx }),
  });
});

describe('calibrate', () => {
  test('measures every size as often as asked, in mixed order, and says so as it goes', () => {
    expect(seen.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(seen.every(({ total }) => total === 9)).toBe(true);
    const pairs = found.trials.map(({ sizePx, trial }) => `${sizePx}/${trial}`);
    expect([...pairs].sort()).toEqual(['32/0', '32/1', '32/2', '64/0', '64/1', '64/2', '96/0', '96/1', '96/2'].sort());
    expect(pairs.slice(0, 3).every((pair) => pair.startsWith('96'))).toBe(false);
  });

  test('times decoding and the four stages within the whole', () => {
    for (const { serviceS, stagesMs } of found.trials) {
      const stages = Object.values(stagesMs);
      expect(Object.keys(stagesMs)).toEqual(['decode', 'thumbnail', 'compression', 'metadata', 'conversion']);
      expect(stages.every((ms) => ms > 0)).toBe(true);
      expect(stages.reduce((sum, ms) => sum + ms)).toBeLessThanOrEqual(serviceS * 1000);
    }
  });

  test('uses another picture in each trial, and the same ones again for the same seed', async () => {
    const bytesOf = (calibration: Calibration, sizePx: number) =>
      calibration.trials
        .filter((trial) => trial.sizePx === sizePx)
        .sort((a, b) => a.trial - b.trial)
        .map(({ bytes }) => bytes);
    expect(new Set(bytesOf(found, 96)).size).toBe(3);
    const again = await calibrate(plan, { clock: new SystemClock(), signal: never });
    expect(bytesOf(again, 96)).toEqual(bytesOf(found, 96));
  });

  test('stops when it is told to', async () => {
    const abort = new AbortController();
    const reason = new Error('Ctrl-C');
    const running = calibrate(plan, {
      clock: new SystemClock(),
      signal: abort.signal,
      onTrial: ({ done }) => {
        expect(done).toBe(1);
        abort.abort(reason);
      },
    });
    await expect(running).rejects.toBe(reason);
  });

  test.each([
    ['one size', { ...plan, sizesPx: [512, 512] }, 'sizes 512, 512: expected at least two'],
    ['no trial', { ...plan, trials: 0 }, 'trials 0: expected at least 1'],
  ])('refuses a plan with %s before it measures', async (_, bad, reason) => {
    const running = calibrate(bad, { clock: new SystemClock(), signal: never });
    await expect(running).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining(reason) as string });
  });

  test("the full plan is the reference's", () => {
    expect(fullCalibration).toEqual({ sizesPx: [512, 1024, 2048, 4096], trials: 10, seed: 42 });
    const work = ({ sizesPx, trials }: typeof fullCalibration) =>
      sizesPx.reduce((sum, sizePx) => sum + sizePx ** 2, 0) * trials;
    expect(work(quickCalibration)).toBeLessThan(work(fullCalibration) / 5);
  });
});

describe('analyse', () => {
  const timeOf = (sizePx: number) => 3e-8 * sizePx ** 2 + 0.008;
  const trial = (sizePx: number, index: number): Trial => ({
    sizePx,
    trial: index,
    bytes: sizePx * 100,
    serviceS: timeOf(sizePx) * (index === 0 ? 0.9 : 1.1),
    stagesMs: { decode: 1, thumbnail: 2, compression: 3, metadata: 4, conversion: 5 + index },
  });
  const machine = { cpu: 'test', cores: 2, node: 'v24', sharp: '0.35' };

  test('fits the trials and holds each size against the fit', () => {
    const trials = [1024, 512, 2048].flatMap((sizePx) => [trial(sizePx, 0), trial(sizePx, 1)]);
    const { model, sizes } = analyse({ sizesPx: [1024, 512, 2048], trials: 2, seed: 1 }, trials, machine);
    expect(model.a).toBeCloseTo(3e-8, 12);
    expect(model.b).toBeCloseTo(0.008, 6);
    expect(sizes.map(({ sizePx }) => sizePx)).toEqual([512, 1024, 2048]);
    expect(sizes[0]).toMatchObject({ bytes: 51_200, stagesS: { decode: 0.001, conversion: 0.0055 } });
    for (const size of sizes) {
      expect(size.service.mean).toBeCloseTo(timeOf(size.sizePx), 9);
      expect(size.residualMs).toBeCloseTo(0, 6);
      expect(size.residualShare).toBeCloseTo(0, 6);
    }
  });

  test('two sizes are too few for the full quadratic', () => {
    const trials = [trial(512, 0), trial(1024, 0)];
    expect(analyse({ sizesPx: [512, 1024], trials: 1, seed: 1 }, trials, machine).fullQuadratic).toBeNull();
  });
});

describe('writeCalibration', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'farmhand-calibration-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test('leaves the results and the plot in both forms', async () => {
    const files = await writeCalibration(found, join(folder, 'made', 'for', 'it'));
    expect(JSON.parse(await readFile(files.results, 'utf8'))).toEqual(JSON.parse(JSON.stringify(found)));
    const svg = await readFile(files.svg, 'utf8');
    for (const text of [
      'Service time of an image task',
      'side of the picture (px)',
      'service time (ms)',
      'conversion',
    ]) {
      expect(svg).toContain(text);
    }
    const { data, info } = await sharp(files.png).greyscale().raw().toBuffer({ resolveWithObject: true });
    expect(info.width).toBeGreaterThan(1200);
    // Ink on white: neither blank nor black.
    const dark = data.filter((level) => level < 128).length / data.length;
    expect(dark).toBeGreaterThan(0.01);
    expect(dark).toBeLessThan(0.5);
  });
});
