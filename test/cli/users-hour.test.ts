import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Environment } from '#shared/config.ts';
import { testRedis, type TestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { runFarmhand, startFarmhand } from './support/bin.ts';
import type { Ran } from './support/command-line.ts';

let folder = '';
let redis: TestRedis;
let environment: Environment = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'farmhand-test-hour-'));
  redis = await testRedis();
  environment = {
    FARM_STATE_DIR: join(folder, 'state'),
    FARM_LOCAL_PORT: '0',
    FARM_FARM: redis.prefix,
    REDIS_URL: redis.url,
  };
  writeFileSync(join(folder, 'workload.yml'), tinyWorkload({ durationS: 2, perS: 10 }));
  writeFileSync(join(folder, 'long.yml'), tinyWorkload({ durationS: 60, perS: 5 }));
  const picture = sharp({ create: { width: 300, height: 200, channels: 3, background: '#4080c0' } });
  for (const pictures of [folder, join(folder, 'pictures', 'below')]) {
    mkdirSync(pictures, { recursive: true });
    writeFileSync(join(pictures, 'picture.png'), await picture.png().toBuffer());
    writeFileSync(join(pictures, 'broken.jpg'), 'not a picture');
  }
  writeFileSync(join(folder, 'pictures', 'empty.jpg'), '');
});

afterAll(async () => {
  await farmhand('down');
  await redis.close();
  rmSync(folder, { recursive: true, force: true });
});

function tinyWorkload({ durationS, perS }: { durationS: number; perS: number }): string {
  return `
name: tiny
control: { stepDurationS: 1, observationWindowS: 2, initialWorkers: 2 }
arrivals:
  - { name: steady, durationS: ${durationS}, rate: { pattern: steady, perS: ${perS} } }
service: { meanS: 0.02, shape: 4, minSizePx: 64, maxSizePx: 512 }
`;
}

async function farmhand(line: string, stdin?: string): Promise<Ran> {
  return runFarmhand(line.split(' '), { environment, cwd: folder, ...(stdin !== undefined && { stdin }) });
}

/** The JSON object on the last line of stdout. */
function resultOf({ out }: Ran): Record<string, unknown> {
  return JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
}

/** Processes of this farm: each has its state folder in its environment or its command line. */
function processes(): number[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        const of = (file: string): string => readFileSync(join('/proc', pid, file), 'latin1');
        return `${of('environ')}${of('cmdline')}`.includes(folder);
      } catch {
        return false;
      }
    })
    .map(Number);
}

describe("a user's hour", { timeout: 60_000 }, () => {
  it('before: there is no farm', async () => {
    expect(await farmhand('status')).toMatchObject({ exitCode: 3, out: '' });
    expect(await farmhand('down')).toMatchObject({ exitCode: 0, out: 'No farm was up.\n' });
  });

  it('up: a farm that stays, and a second up finds it', async () => {
    const first = await farmhand('up --json');
    expect(first.exitCode, first.err).toBe(0);
    expect(resultOf(first)).toMatchObject({ started: true, url: expect.stringMatching(/^http:/) as string });
    expect(resultOf(await farmhand('up --json'))).toEqual({ ...resultOf(first), started: false });
  });

  it('up with another configuration is refused while it is up', async () => {
    const other = await runFarmhand(['up'], { environment: { ...environment, FARM_LOGLEVEL: 'warn' } });
    expect(other).toMatchObject({ exitCode: 2, err: expect.stringContaining('(FARM_DIFFERS)') as string });
  });

  it('submit: a picture, with its thumbnail, and a task from stdin', async () => {
    const ran = await farmhand(
      'submit picture.png - --out thumbs --wait --json',
      '{kind: calibrated, payload: {serviceMs: 5}}',
    );
    expect(ran.exitCode, ran.err).toBe(0);
    expect(resultOf(ran)).toMatchObject({ duplicates: [], results: [{ state: 'completed' }, { state: 'completed' }] });
    expect((await sharp(join(folder, 'thumbs', 'picture.png.webp')).metadata()).format).toBe('webp');
  });

  it('submit: what is broken ends as a dead letter, and the exit code says so', async () => {
    const ran = await farmhand('submit broken.jpg --wait');
    expect(ran.exitCode).toBe(1);
    expect(ran.out).toContain('dead letter: broken.jpg: not a picture');
  });

  it('submit: an id that the farm knows is not taken twice', async () => {
    const task = '{id: once, kind: calibrated, payload: {serviceMs: 1}}';
    expect(resultOf(await farmhand('submit - --wait --json', task))).toMatchObject({ accepted: ['once'] });
    expect(resultOf(await farmhand('submit - --json', task))).toMatchObject({ accepted: [], duplicates: ['once'] });
  });

  it('status: what is deployed, and what waits', async () => {
    const { out } = await farmhand('status');
    expect(out).toMatch(/worker +1 +1/);
    expect(out).toContain('reactive-average');
    expect(resultOf(await farmhand('status --json'))).toMatchObject({ problem: null });
  });

  it('scale 8: eight workers, and none of them goes by itself', async () => {
    const ran = await farmhand('scale 8 --json');
    expect(ran.exitCode, ran.err).toBe(0);
    expect(resultOf(ran)).toEqual({ requested: 8, granted: 8, ready: 8 });
    expect((await farmhand('status')).out).toMatch(/worker +8 +8[^]*static-8/);
  });

  it('results: the list, and one task in full', async () => {
    const list = await farmhand('results --json');
    expect(resultOf(list)).toMatchObject({ total: 3 });
    const one = await farmhand('results once');
    expect(one.out).toMatch(/state +completed/);
    expect(await farmhand('results nobody')).toMatchObject({ exitCode: 1 });
  });

  it('dead-letters: list, retry, discard', async () => {
    const [letter] = resultOf(await farmhand('dead-letters list --json'))['letters'] as { id: string }[];
    const id = letter?.id ?? '';
    expect(await farmhand('dead-letters retry nobody')).toMatchObject({ exitCode: 1 });
    expect(resultOf(await farmhand('dead-letters retry --all --json'))).toEqual({ retried: 1 });
    // It is as broken as before.
    await until('it is dead again', async () => (await farmhand(`results ${id}`)).out.includes('dead letter'));
    expect(resultOf(await farmhand(`dead-letters discard ${id} --json`))).toEqual({ discarded: 1 });
    expect((await farmhand('dead-letters list')).out).toBe('There are no dead letters.\n');
  });

  it('logs: for people, for programs, and as they come', async () => {
    expect((await farmhand('logs worker --tail 3')).out).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}info {3}worker-/);
    const [line = ''] = (await farmhand('logs worker --tail 1 --json')).out.split('\n');
    expect(JSON.parse(line)).toMatchObject({ name: 'worker' });
    expect(await farmhand('logs nobody')).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('nobody') as string,
    });
    const following = startFarmhand(['logs', 'autoscaler', '--follow'], { environment });
    await following.says('an episode of static-8 starts');
    following.child.kill('SIGINT');
    expect(await following.ended).toMatchObject({ exitCode: 130, err: '' });
  });

  it('scale 1, and auto: by draining, and back to the policy', async () => {
    const ran = await farmhand('scale 1 --json');
    expect(resultOf(ran), ran.err).toMatchObject({ requested: 1, granted: 1 });
    expect((await farmhand('scale auto')).out).toBe('The autoscaler decides again, with reactive-average.\n');
  });

  it('run: joins the farm that is up, accounts for every id, and leaves the farm up', async () => {
    const ran = await farmhand('run --workload workload.yml --policy static-2 --seed 3 --once --json');
    expect(ran.exitCode, ran.err).toBe(0);
    const { submitted, completed, ...rest } = resultOf(ran);
    expect(submitted).toBeGreaterThan(5);
    expect(completed).toBe(submitted);
    expect(rest).toMatchObject({
      workload: 'tiny',
      policy: 'static-2',
      seed: 3,
      deadLettered: 0,
      lost: 0,
      duplicated: 0,
      unfinished: 0,
      unexpected: 0,
    });
    expect(ran.err).toContain('Joins the farm that is up');
    expect((await farmhand('status')).exitCode).toBe(0);
  });

  it('run --episodes: the next seeds one after the other, their means, and a folder with metrics and steps', async () => {
    const line = 'run --workload workload.yml --policy static-2 --seed 5 --episodes 2 --once --output-dir mine --json';
    const ran = await farmhand(line);
    expect(ran.exitCode, ran.err).toBe(0);
    const { episodes, means, directory } = resultOf(ran) as unknown as {
      episodes: { seed: number; submitted: number; qos: number }[];
      means: { qos: { count: number; mean: number } };
      directory: string;
    };
    expect(episodes.map(({ seed }) => seed)).toEqual([5, 6]);
    expect(means.qos.mean).toBeCloseTo((episodes[0]!.qos + episodes[1]!.qos) / 2);
    const metrics = JSON.parse(readFileSync(join(directory, 'evaluation_metrics.json'), 'utf8')) as {
      episodes: { seed: number; submitted_tasks: number; unfinished_tasks: number }[];
    };
    expect(metrics.episodes).toMatchObject(
      episodes.map(({ seed, submitted }) => ({ seed, submitted_tasks: submitted, unfinished_tasks: 0 })),
    );
    const steps = readFileSync(join(directory, 'steps.csv'), 'utf8').trimEnd().split('\n');
    expect(steps.length).toBeGreaterThan(4);
    expect(readdirSync(join(folder, 'mine'))).toHaveLength(1);
  });

  it('down: nothing is left', async () => {
    expect(await farmhand('down')).toMatchObject({ exitCode: 0, out: 'The farm is down.\n' });
    expect(processes()).toEqual([]);
    expect(await farmhand('status')).toMatchObject({ exitCode: 3 });
  });
});

describe('run with a farm of its own', { timeout: 60_000 }, () => {
  it('stays until Ctrl-C, and leaves nothing', async () => {
    const run = startFarmhand(['run', '-w', 'workload.yml', '-p', 'static-2'], { environment, cwd: folder });
    await run.says('The farm stays up until Ctrl-C.');
    expect((await farmhand('status')).exitCode).toBe(0);
    run.child.kill('SIGINT');
    const { exitCode, out } = await run.ended;
    expect(exitCode).toBe(0);
    expect(out).toMatch(/lost +0\n/);
    expect(processes()).toEqual([]);
  });

  it('sums up what was done when it is interrupted, and leaves nothing', async () => {
    const run = startFarmhand(['run', '-w', 'long.yml', '-p', 'static-2', '--json'], { environment, cwd: folder });
    await run.says('workers ready 2/2');
    run.child.kill('SIGINT');
    const ran = await run.ended;
    expect(ran.exitCode, ran.err).toBe(130);
    expect(resultOf(ran)).toMatchObject({ lost: 0, duplicated: 0, unexpected: 0 });
    expect(processes()).toEqual([]);
  });

  it('makes a thumbnail of each picture of a folder, names the others, and the exit code says so', async () => {
    const ran = await farmhand('run --images pictures --out made --once --json');
    expect(ran.exitCode, ran.err).toBe(1);
    expect(resultOf(ran)).toMatchObject({
      submitted: 3,
      completed: 1,
      deadLettered: 2,
      lost: 0,
      duplicated: 0,
      workload: null,
    });
    const failed = resultOf(ran)['failed'] as { file: string; reason: string }[];
    expect(failed.map(({ file, reason }) => [file, reason.split(': ').at(-1)]).sort()).toEqual([
      ['below/broken.jpg', expect.stringContaining('not a picture') as string],
      ['empty.jpg', 'empty file'],
    ]);
    expect(existsSync(join(folder, 'made', 'below', 'picture.png.webp'))).toBe(true);
    expect(processes()).toEqual([]);
  });

  it('is gone with its farm when it is killed', async () => {
    const run = startFarmhand(['run', '-w', 'long.yml', '-p', 'static-1'], { environment, cwd: folder });
    await run.says('steady, emitted');
    run.child.kill('SIGKILL');
    await until('nothing is left', () => processes().length === 0, 30_000);
  });
});
