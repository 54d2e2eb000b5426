import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '#shared/config.ts';
import { planRun, type RunOptions } from '../../../cli/run/plan.ts';

const config = parseConfig('control: {maxWorkers: 8}', { file: 'farm.yml', environment: {} });
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'farmhand-test-plan-'));
  writeFileSync(join(folder, 'file.txt'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

function plan(options: RunOptions) {
  return planRun(options, { config, cwd: folder });
}

describe('planRun', () => {
  it("takes the workload's timing, farm.yml's policy and seed, and keeps the workers within bounds", () => {
    const { source, policy, episode } = plan({ workload: 'reference' });
    expect(source).toMatchObject({ kind: 'workload', seed: 42, workload: { name: 'reference' } });
    expect(policy).toBe('reactive-average');
    expect(episode).toEqual({
      policy: 'reactive-average',
      stepDurationS: 8,
      observationWindowS: 8,
      maxSteps: 30,
      initialWorkers: 8,
      minWorkers: 1,
      maxWorkers: 8,
    });
  });

  it('lets every option stand over the defaults', () => {
    const { source, episode } = plan({
      workload: 'quick',
      policy: 'static-9',
      seed: 7,
      initialWorkers: 3,
      minWorkers: 2,
      maxWorkers: 10,
    });
    expect(source).toMatchObject({ seed: 7 });
    expect(episode).toMatchObject({ policy: 'static-9', initialWorkers: 3, minWorkers: 2, maxWorkers: 10 });
  });

  it('gives each episode the next seed', () => {
    expect(plan({ workload: 'quick', seed: 7 }).seeds).toEqual([7]);
    expect(plan({ workload: 'quick', seed: 7, episodes: 3 }).seeds).toEqual([7, 8, 9]);
  });

  it("makes folders absolute, and takes farm.yml's timing for them", () => {
    const { source, episode, longestGapS } = plan({ images: '.', out: 'thumbs' });
    expect(source).toEqual({ kind: 'folder', path: folder, out: join(folder, 'thumbs') });
    expect(episode).toMatchObject({ stepDurationS: config.control.stepDurationS, initialWorkers: 1 });
    expect(longestGapS).toBe(0);
  });

  it('knows the longest silence of a workload, which is no standstill', () => {
    expect(plan({ workload: 'spike' }).longestGapS).toBeGreaterThan(1);
    expect(plan({ workload: 'constant' }).longestGapS).toBeLessThan(10);
  });

  it.each<[string, RunOptions, string, string]>([
    ['nothing to run', {}, 'USAGE', '--workload'],
    ['two things to run', { workload: 'quick', images: '.' }, 'USAGE', 'one of'],
    ['an unknown workload', { workload: 'nope' }, 'UNKNOWN_WORKLOAD', 'quick'],
    ['a folder, again and again', { images: '.', episodes: 2 }, 'USAGE', '--episodes'],
    ['a folder that is not there', { images: 'nope' }, 'USAGE', 'expected a folder'],
    ['a file for a folder', { images: 'file.txt' }, 'USAGE', 'expected a folder'],
    ['thumbnails without pictures', { workload: 'quick', out: 'x' }, 'USAGE', '--images'],
    ['bounds that contradict', { workload: 'quick', minWorkers: 5, maxWorkers: 4 }, 'USAGE', '--min-workers 5'],
    ['a start outside the bounds', { workload: 'quick', initialWorkers: 9 }, 'USAGE', 'from 1 to 8'],
  ])('refuses %s', (_name, options, code, words) => {
    expect(() => plan(options)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) as string }),
    );
  });
});
