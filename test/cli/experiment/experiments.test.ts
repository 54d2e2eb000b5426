import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderContent } from '../../autoscaler/run/support/folder-content.ts';
import { startFarmhand } from '../support/bin.ts';
import { farmhand, type Ran } from '../support/command-line.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'farmhand-experiments-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const SHORT = '-w reference-as-coded --max-steps 10 --jobs 1';
const TRAIN = `${SHORT} --episodes 12 --checkpoint-every 5 --eval-episodes 2 --final-episodes 3 --no-plots`;

/** Runs a command line in the test's folder; `out` stands for that folder in what it says. */
async function run(line: string): Promise<Ran> {
  const ran = await farmhand(line.split(' '), { cwd: folder });
  const anonymous = (text: string): string => text.replaceAll(folder, '<folder>');
  return { exitCode: ran.exitCode, out: anonymous(ran.out), err: anonymous(ran.err) };
}

/** The JSON object of a command that succeeds. */
async function resultOf(line: string): Promise<Record<string, unknown>> {
  const { exitCode, out, err } = await run(`${line} --json`);
  expect(exitCode, err).toBe(0);
  return JSON.parse(out.trimEnd().replace(/^[^]*\n/, '')) as Record<string, unknown>;
}

describe('farmhand simulate', () => {
  it('shows each seed and the means', async () => {
    const { exitCode, out } = await run(`simulate ${SHORT} -p static-14 --seeds 3 --seed 42`);
    expect(exitCode).toBe(0);
    await expect(out).toMatchFileSnapshot('../../golden/cli/simulate.txt');
  });

  it('gives programs one object for each seed, with mean and interval', async () => {
    const result = await resultOf(`simulate ${SHORT} -p static-14 --seeds 2 --seed 42`);
    expect(result).toMatchObject({
      name: 'static-14',
      workload: 'reference-as-coded',
      profile: 'reference',
      seeds: [{ seed: 42, scaling: { up: 2 } }, { seed: 43 }],
      means: { qos: { count: 2 }, workers: { mean: { count: 2 } } },
    });
  });

  it('wants a policy and a workload that exist', async () => {
    expect(await run('simulate -p nope')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('UNKNOWN_POLICY') as string,
    });
    expect(await run('simulate -w nope')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('UNKNOWN_WORKLOAD') as string,
    });
  });
});

describe('a folder that cannot be made', () => {
  it.each(['evaluate static-3', 'compare --policies static-3'])('is said before %s plays', async (command) => {
    const { exitCode, out, err } = await run(`${command} ${SHORT} --seeds 2 --out /dev/null/here`);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toContain('/dev/null/here: the folder cannot be made');
  });
});

describe('farmhand compare', () => {
  it('shows a table, and leaves rows, episodes, steps and plots', async () => {
    const { exitCode, out } = await run(
      `compare ${SHORT} --policies static-12..13,hpa --seeds 3 --seed 42 --out compared`,
    );
    expect(exitCode).toBe(0);
    await expect(out).toMatchFileSnapshot('../../golden/cli/compare.txt');
    const files = Object.keys(folderContent(join(folder, 'compared')));
    expect(files).toEqual(
      expect.arrayContaining([
        'aggregated_results.json',
        'config.json',
        'episodes.json',
        'run.json',
        'steps/hpa.csv',
        'plots/qos_against_workers.svg',
        'plots/qos_against_workers.png',
        'plots/comparison.png',
      ]),
    );
    const csv = readFileSync(join(folder, 'compared', 'steps', 'static-12.csv'), 'utf8').split('\n');
    expect(csv[0]).toMatch(/^episode,seed,step,time_s,action,scale_time_s,step_dur_s,input_q,.*,reward,applied,/);
    expect(csv).toHaveLength(1 + 3 * 10 + 1);
  });

  it('leaves the same bytes twice, but for run.json', async () => {
    const line = `compare ${SHORT} --policies static-12,hpa --seeds 3 --seed 42 --no-plots`;
    await run(`${line} --out once`);
    await run(`${line} --out twice`);
    const content = (name: string): object => folderContent(join(folder, name), { without: ['run.json'] });
    expect(content('twice')).toEqual(content('once'));
  });

  it('draws the plots of an earlier one anew', async () => {
    await run(`compare ${SHORT} --policies static-12,hpa --seeds 2 --no-plots --out plotted`);
    expect(existsSync(join(folder, 'plotted', 'plots'))).toBe(false);
    const { rows } = await resultOf('compare --plot-only plotted');
    expect(rows).toHaveLength(2);
    expect(existsSync(join(folder, 'plotted', 'plots', 'comparison.png'))).toBe(true);
  });

  it('reuses rows under the same conditions, and says what differs under others', async () => {
    await run(`compare ${SHORT} --policies static-12,hpa --seeds 3 --no-plots --out earlier`);
    const line = `compare ${SHORT} --no-plots --reuse earlier --out later`;
    expect(await resultOf(`${line} --policies hpa,static-13 --seeds 3`)).toMatchObject({ reused: ['hpa'] });
    const { err } = await run(`${line} --policies hpa --seeds 4`);
    expect(err).toContain('Nothing of earlier is reused: seeds is 4 here and 3 there');
    expect((await run(`${line} --policies hpa --seeds 3 --step-duration 9`)).err).toContain(
      'scenario.workload.control.stepDurationS is 9 here and 8 there',
    );
  });

  it.each([
    ['--policies static-12,static-12', 'twice'],
    ['--policies nope', 'UNKNOWN_POLICY'],
    ['--seeds 0', 'expected a whole number from 1'],
    ['--profile nope', 'Allowed choices are reference, farmhand'],
    ['--dispatch lifo', 'Allowed choices are fifo, lanes'],
    ['--live --dispatch fifo', 'FARM_QUEUE_DISPATCH=fifo'],
    ['--reuse nothing-here', 'RUN_INVALID'],
    ['--plot-only nothing-here', 'RUN_INVALID'],
    ['--min-workers 9 --max-workers 8', '--min-workers 9: expected at most --max-workers (8)'],
  ])('refuses %s', async (line, message) => {
    const { exitCode, err } = await run(`compare ${SHORT} --no-plots --out refused ${line}`);
    expect([exitCode, err.includes(message)], err).toEqual([2, true]);
  });
});

describe('farmhand train and evaluate', () => {
  it('train an agent and evaluate its best model', async () => {
    const trained = await resultOf(`train sarsa ${TRAIN} --out trained`);
    expect(trained).toMatchObject({ agent: 'sarsa', episodes: 12, model: '<folder>/trained/models/best' });
    expect(trained['final']).toMatchObject({
      qos: expect.any(Number) as number,
      meanWorkers: expect.any(Number) as number,
    });
    const evaluated = await resultOf(`evaluate trained ${SHORT} --seeds 3 --seed 42 --no-plots --out evaluated`);
    expect(evaluated).toMatchObject({ deployable: true, trainedOn: 'reference-as-coded' });
    // The final evaluation was on the first held-out seeds, and these are the same.
    expect((evaluated['means'] as { qos: { mean: number } }).qos.mean).toBe((trained['final'] as { qos: number }).qos);
    const metrics = JSON.parse(readFileSync(join(folder, 'evaluated', 'evaluation_metrics.json'), 'utf8')) as object;
    expect(metrics).toMatchObject({ eval_episodes: 3, episodes: [{ episode: 1, seed: 42 }, {}, {}] });
  });

  it('refuse a model that is damaged', async () => {
    await run(`train sarsa ${TRAIN} --out damaged`);
    rmSync(join(folder, 'damaged', 'models', 'best', 'weights.bin'));
    const { exitCode, err } = await run(`evaluate damaged ${SHORT}`);
    expect(exitCode, err).not.toBe(0);
    expect(err).toContain('weights.bin');
  });

  it('stop at Ctrl-C with a checkpoint, and go on from it to the same bytes', async () => {
    await run(`train sarsa ${TRAIN.replace('12', '400')} --out whole`);
    const line = `train sarsa ${TRAIN.replace('12', '400')} --out interrupted`;
    const process = startFarmhand(line.split(' '), { cwd: folder });
    await process.says('25 %');
    process.child.kill('SIGINT');
    const { exitCode, err } = await process.ended;
    expect(exitCode, err).toBe(130);
    expect(err).toContain(`farmhand train --resume ${join(folder, 'interrupted')}`);
    expect((await run('train --resume interrupted --no-plots')).exitCode).toBe(0);
    // The process has a version of its own, which is in config.json.
    const content = (name: string): object =>
      folderContent(join(folder, name), { without: ['run.json', 'config.json'] });
    expect(content('interrupted')).toEqual(content('whole'));
  });

  it.each([
    ['train', 'expected an agent (sarsa, dqn, cem), --recipe FILE or --resume DIR'],
    ['train nope', 'UNKNOWN_AGENT'],
    ['train sarsa --batch-size 32', '--batch-size is of dqn'],
    ['train sarsa --alpha 3', '--alpha: expected a step size'],
    ['train sarsa --episodes 0', 'expected a whole number from 1'],
    ['train sarsa --agent-seeds 0', 'expected a whole number from 1'],
    ['train sarsa --resume-model nothing-here', 'nothing-here'],
    ['train sarsa --resume-reset-epsilon', 'go with --resume-model'],
    ['train --resume nothing-here', 'RUN_INVALID'],
  ])('%s is refused', async (line, message) => {
    const { exitCode, err } = await run(`${line} --no-plots --output-dir refused`);
    expect(exitCode, err).not.toBe(0);
    expect(err).toContain(message);
  });

  it('give each run a folder of its own', async () => {
    await run(`train sarsa ${TRAIN} --output-dir several`);
    await run(`train sarsa ${TRAIN} --output-dir several`);
    expect(readdirSync(join(folder, 'several'))).toHaveLength(2);
  });
});
