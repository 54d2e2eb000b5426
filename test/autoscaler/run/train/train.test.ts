import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { simulatedEnvironments } from '#autoscaler/run/environments.ts';
import { openRunDirectory } from '#autoscaler/run/record/run-directory.ts';
import type { TrainSettings } from '#autoscaler/run/train/train-settings.ts';
import { train, type TrainOptions, type TrainResult } from '#autoscaler/run/train/train.ts';
import { SystemClock } from '#shared/clock.ts';
import { defaultConfig } from '#shared/config-overrides.ts';
import { folderContent } from '../support/folder-content.ts';
import { shortScenario } from '../support/scenario.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'farmhand-train-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function settings(changed: Partial<TrainSettings['plan']> = {}, agentSeeds = [1]): TrainSettings {
  const plan = {
    agent: 'sarsa' as const,
    settings: defaultConfig.agents,
    scenario: shortScenario(),
    seed: 7,
    episodes: 10,
    checkpointEvery: 4,
    evalEpisodes: 3,
    finalEpisodes: 4,
    qosTarget: null,
    startFrom: null,
  };
  return { plan: { ...plan, ...changed }, agentSeeds };
}

async function run(name: string, of: TrainSettings, options: Partial<TrainOptions> = {}): Promise<TrainResult> {
  return train(of, {
    directory: openRunDirectory(join(folder, name)),
    environments: simulatedEnvironments,
    revision: 'abc',
    clock: new SystemClock(),
    signal: new AbortController().signal,
    timeLimitS: null,
    threads: 1,
    onEpisode: () => undefined,
    ...options,
  });
}

/** Runs until `episode` is done, is interrupted there, and goes on. */
async function runInTwo(name: string, of: TrainSettings, episode: number): Promise<TrainResult> {
  const stop = new AbortController();
  const interrupted = await run(name, of, {
    signal: stop.signal,
    onEpisode: (point) => {
      if (point.episode === episode) stop.abort(new Error('Ctrl-C'));
    },
  });
  expect(interrupted.agents[0]).toMatchObject({ end: 'interrupted', episodes: episode, final: null });
  return run(name, of);
}

describe('a training', () => {
  it('leaves the reference’s files: metrics, checks, steps, models and a summary', async () => {
    const { agents, model, final } = await run('one', settings());
    expect(agents[0]).toMatchObject({ agentSeed: 1, end: 'done', episodes: 10 });
    expect(model).toBe(join(folder, 'one', 'models', 'best'));
    expect(final?.qos).toBeGreaterThan(0);
    const files = Object.keys(folderContent(join(folder, 'one')));
    expect(files).toEqual([
      'checkpoint/ep10/model.json',
      'checkpoint/ep10/weights.bin',
      'checkpoint/training.json',
      'evaluation_metrics.json',
      ...['best', 'sarsa-ep0004', 'sarsa-ep0008', 'sarsa-ep0010'].flatMap((name) => [
        `models/${name}/model.json`,
        `models/${name}/weights.bin`,
      ]),
      'steps.csv',
      'summary.json',
      'training_metrics.json',
      'training_steps.csv',
    ]);
  });

  it('is the same, byte for byte, for the same seed, and another for another', async () => {
    await run('one', settings());
    await run('two', settings());
    await run('other', settings({}, [2]));
    const one = folderContent(join(folder, 'one'));
    expect(folderContent(join(folder, 'two'))).toEqual(one);
    expect(folderContent(join(folder, 'other'))['training_metrics.json']).not.toBe(one['training_metrics.json']);
  });

  it.each([
    ['between two checks', 5],
    ['at a check', 8],
    ['before the first check', 1],
  ])('that was interrupted %s and resumed leaves the same bytes as one in one piece', async (_name, episode) => {
    const whole = await run('whole', settings());
    const resumed = await runInTwo('halves', settings(), episode);
    expect(folderContent(join(folder, 'halves'))).toEqual(folderContent(join(folder, 'whole')));
    expect(resumed.final).toEqual(whole.final);
  });

  it('of a network, interrupted and resumed, leaves the same bytes as well', async () => {
    const dqn = { ...defaultConfig.agents.dqn, hiddenLayers: [8], warmupSteps: 20, batchSize: 8, targetUpdate: 5 };
    const plan = settings({ agent: 'dqn', settings: { ...defaultConfig.agents, dqn } });
    await run('whole', plan);
    await runInTwo('halves', plan, 5);
    expect(folderContent(join(folder, 'halves'))).toEqual(folderContent(join(folder, 'whole')));
  });

  /** Two candidates with two episodes each make a generation. */
  const search = { ...defaultConfig.agents.cem, population: 2, elites: 1, episodesPerCandidate: 2 };
  const searching = settings({ agent: 'cem', settings: { ...defaultConfig.agents, cem: search } });

  it.each([1, 3, 4, 6])('that searches, interrupted after episode %i and resumed, leaves them too', async (episode) => {
    await run('whole', searching);
    await runInTwo('halves', searching, episode);
    expect(folderContent(join(folder, 'halves'))).toEqual(folderContent(join(folder, 'whole')));
  });

  it('that searches plays the same seeds with each candidate of a generation', async () => {
    const seeds: number[] = [];
    await run('one', searching, { onEpisode: ({ summary }) => seeds.push(summary.seed) });
    const [first] = seeds;
    expect(seeds.map((seed) => seed - first!)).toEqual([0, 1, 0, 1, 2, 3, 2, 3, 4, 5]);
  });

  it('that a crash cut short goes on from its checkpoint, without what was written after it', async () => {
    await run('whole', settings());
    const stop = new AbortController();
    await run('crashed', settings(), {
      signal: stop.signal,
      onEpisode: ({ episode }) => {
        if (episode === 6) stop.abort(new Error('Ctrl-C'));
      },
    });
    appendFileSync(join(folder, 'crashed', 'training_steps.csv'), 'half a li');
    await run('crashed', settings());
    expect(folderContent(join(folder, 'crashed'))).toEqual(folderContent(join(folder, 'whole')));
  });

  it('can be made longer, and is then the same as one that was that long from the start', async () => {
    await run('longer', settings({ episodes: 8 }));
    await run('longer', settings({ episodes: 12 }));
    await run('long', settings({ episodes: 12 }));
    expect(folderContent(join(folder, 'longer'))).toEqual(folderContent(join(folder, 'long')));
  });

  it('ends when its time is over, checked and evaluated', async () => {
    const { agents, final } = await run('short', settings({ episodes: 100_000 }), { timeLimitS: 0.2 });
    expect(agents[0]?.end).toBe('time');
    expect(agents[0]?.episodes).toBeLessThan(100_000);
    expect(final).not.toBeNull();
  });

  it('refuses a damaged checkpoint by name', async () => {
    await run('one', settings());
    writeFileSync(join(folder, 'one', 'checkpoint', 'training.json'), '{"episodes": -1}');
    await expect(run('one', settings())).rejects.toThrow(/training\.json: .*episodes/);
  });

  it('starts from a model of the same kind, and from no other', async () => {
    const { model } = await run('one', settings());
    const startFrom = { model: model ?? '', resetSettings: false, resetExploration: true };
    expect((await run('two', settings({ startFrom }))).agents[0]?.end).toBe('done');
    const steps = { ...shortScenario(), actions: 'steps' as const };
    await expect(run('three', settings({ startFrom, scenario: steps }))).rejects.toThrow(/actions one.*actions steps/);
  });
});

describe('several trainings', () => {
  it('are the same in threads as one after the other, each in a folder of its own', async () => {
    const here = await run('here', settings({}, [1, 2, 3]));
    const there = await run('there', settings({}, [1, 2, 3]), { threads: 2 });
    expect(folderContent(join(folder, 'there'))).toEqual(folderContent(join(folder, 'here')));
    expect(there.agents.map(({ agentSeed, final }) => ({ agentSeed, final }))).toEqual(
      here.agents.map(({ agentSeed, final }) => ({ agentSeed, final })),
    );
    expect(here.episodes).toBe(30);
    expect(here.model).toMatch(/agent-[123]\/models\/best$/);
  });
});
