import { describe, expect, test } from 'vitest';
import { createLearner } from '#autoscaler/learn/agents.ts';
import type { OnlineSnapshot } from '#autoscaler/learn/online/online-learner.ts';
import { openOnlineLearner, type OpenOnlineLearnerOptions } from '#autoscaler/learn/online/open-online-learner.ts';
import { farmConfigSchema } from '#shared/config-schema.ts';
import { Sfc32 } from '#shared/rng.ts';
import { modelToStore } from '../../support/stored-models.ts';
import { seen } from '../../support/sightings.ts';

const STEP_S = 8;

/** The look of step `step` at a farm with so many workers. */
function lookAt(step: number, workers: number) {
  const look = seen({ waiting: 3, workers, rate: 2 });
  return { ...look, info: { ...look.info, at: step * STEP_S * 1000 } };
}

async function open(change: Partial<OpenOnlineLearnerOptions> = {}) {
  const snapshots: OnlineSnapshot[] = [];
  const judged: number[] = [];
  const learner = await openOnlineLearner({
    ...{ name: 'sarsa', model: modelToStore('sarsa', 1).model, seed: 1, stepDurationS: STEP_S },
    judge: (step) => {
      judged.push(step.observation[4]);
      return 1;
    },
    onSnapshot: (snapshot) => snapshots.push(snapshot),
    ...change,
  });
  return { learner, snapshots, judged };
}

describe('an online learner', () => {
  test('learns from a step once the action after it is known', async () => {
    const { learner, judged } = await open();
    const counts = [0, 1, 2, 3, 4].map((step) => {
      learner.decide(lookAt(step, 4 + step));
      return learner.transitions;
    });
    expect(counts).toEqual([0, 0, 1, 2, 3]);
    expect(judged, 'judged by what each step led to').toEqual([5, 6, 7]);
  });

  test('learns what was done, not what it wished', async () => {
    const rows = async (done: number) => {
      const { learner } = await open();
      for (let step = 0; step < 4; step += 1) {
        learner.decide(lookAt(step, 4));
        learner.acted(done);
      }
      return learner.snapshot()!.model.arrays['visits']!.data;
    };
    // Actions are one fewer, as many, one more; the model had met the last of them once.
    expect([...(await rows(3))]).toEqual([3, 0, 1]);
    expect([...(await rows(4))]).toEqual([0, 3, 1]);
  });

  test('learns nothing from what another process did', async () => {
    const { learner } = await open();
    for (let step = 0; step < 4; step += 1) {
      learner.decide(lookAt(step, 4));
      learner.acted(null);
    }
    expect(learner.transitions).toBe(0);
    for (let step = 4; step < 8; step += 1) {
      learner.decide(lookAt(step, 4));
      learner.acted(4);
    }
    expect(learner.transitions).toBe(3);
  });

  test('does not learn over a gap: what lies beyond it came of something else', async () => {
    const { learner } = await open();
    for (const step of [0, 1, 5, 6, 7]) learner.decide(lookAt(step, 4));
    expect(learner.transitions).toBe(1);
  });

  test('may add workers to what the model asks for, and takes none away', async () => {
    const wishes = async (judge: OpenOnlineLearnerOptions['judge']) => {
      const { learner } = await open({ judge });
      const found = new Set<number>();
      for (let step = 0; step < 400; step += 1) {
        const decision = learner.decide(lookAt(step, 4));
        found.add(decision.kind === 'scale' ? decision.replicas : 4);
      }
      return found;
    };
    // The model has tried one thing here, and asks for 5. It is told each time that this was the worst, or the best, to do.
    expect(await wishes(() => -100)).toEqual(new Set([5]));
    expect(await wishes(() => 100)).toEqual(new Set([5]));
  });

  test('leaves snapshots with the time that they cover', async () => {
    const { learner, snapshots } = await open({ snapshotEvery: 2 });
    for (let step = 0; step < 7; step += 1) learner.decide(lookAt(step, 4));
    expect(snapshots.map(({ live }) => live)).toEqual([
      { from: 0, to: 2 * STEP_S * 1000, transitions: 2 },
      { from: 0, to: 4 * STEP_S * 1000, transitions: 4 },
    ]);
    expect(snapshots[0]!.model).toMatchObject({ agent: 'sarsa', progress: null });
  });

  test('falls back to the model it began with when a number is not finite', async () => {
    const frozen = await open();
    const { learner, snapshots } = await open({ judge: () => Number.NaN });
    const before = frozen.learner.decide(lookAt(0, 4));
    for (let step = 0; step < 5; step += 1) expect(learner.decide(lookAt(step, 4))).toEqual(before);
    expect(learner.failure).toMatch(/reward is NaN/);
    expect([learner.transitions, snapshots.length]).toEqual([0, 0]);
  });

  test('explores only what the shield lets through, and not without one', async () => {
    const wishes = async (change: Partial<OpenOnlineLearnerOptions>) => {
      const { learner } = await open({ epsilon: 0.1, ...change });
      const found = new Set<number>();
      for (let step = 0; step < 600; step += 1) {
        const decision = learner.decide(lookAt(step, 4));
        found.add(decision.kind === 'scale' ? decision.replicas : 4);
      }
      return [...found].sort((a, b) => a - b);
    };
    const greedy = await wishes({});
    expect(greedy).toHaveLength(1);
    expect(await wishes({ admissible: (_look, replicas) => replicas > 3 })).toEqual([4, 5]);
    expect(await wishes({ admissible: () => true })).toEqual([3, 4, 5]);
  });

  test('is the same each time with the same seed', async () => {
    const models = [];
    for (let time = 0; time < 2; time += 1) {
      const { learner } = await open({ epsilon: 0.1, admissible: () => true, seed: 5 });
      for (let step = 0; step < 100; step += 1) learner.decide(lookAt(step, 4 + (step % 3)));
      models.push(learner.snapshot()!.model);
    }
    expect(models[0]).toEqual(models[1]);
  });

  test('refuses a search, which compares whole episodes, and too much exploration', async () => {
    const settings = farmConfigSchema.parse({}).agents;
    const actions = { name: 'one', minWorkers: 1, maxWorkers: 32 } as const;
    const cem = await createLearner('cem', { settings, actions, rng: new Sfc32(1) });
    await expect(open({ model: cem.save({ resumable: false }) })).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    await expect(open({ epsilon: 0.2 })).rejects.toThrow(RangeError);
  });

  test('of a network bounds the work of a step', async () => {
    const settings = farmConfigSchema.parse({ agents: { dqn: { batchSize: 256, updatesPerStep: 9 } } }).agents;
    const actions = { name: 'one', minWorkers: 1, maxWorkers: 32 } as const;
    const dqn = await createLearner('dqn', { settings, actions, rng: new Sfc32(1) });
    const { learner } = await open({ model: dqn.save({ resumable: false }) });
    for (let step = 0; step < 4; step += 1) learner.decide(lookAt(step, 4));
    const bounded = learner.snapshot()!.model.settings;
    expect(bounded).toMatchObject({ batchSize: 64, updatesPerStep: 1, epsilonStart: 0, replayCapacity: 10_000 });
    learner.dispose();
    learner.dispose();
  });
});
