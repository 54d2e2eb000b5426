import { describe, expect, test } from 'vitest';
import { costReward } from '#autoscaler/env/cost-reward.ts';
import { totalReward } from '#autoscaler/env/reward.ts';
import type { LiveStep } from '#autoscaler/learn/online/live-step.ts';
import type { OnlineSnapshot } from '#autoscaler/learn/online/online-learner.ts';
import { ThreadAdviser } from '#autoscaler/loop/thread-adviser.ts';
import { folderModelStore } from '#autoscaler/model-store/folder-models.ts';
import { ModelFolder } from '#autoscaler/model-store/folder.ts';
import type { ModelStore, ModelToStore } from '#autoscaler/model-store/model-store.ts';
import { RulesAndModels } from '#autoscaler/model-store/policy-shelf.ts';
import { liveJudge } from '#autoscaler/run/online/live-judge.ts';
import { onlineLearning } from '#autoscaler/run/online/online-learning.ts';
import { SystemClock, VirtualClock } from '#shared/clock.ts';
import { farmConfigSchema } from '#shared/config-schema.ts';
import { silentLogger } from '#shared/log.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { seen } from '../../support/sightings.ts';
import { modelToStore } from '../../support/stored-models.ts';

const config = farmConfigSchema.parse({ control: { learning: 'on' } });
const clock = new SystemClock();

async function stored(change: Partial<ModelToStore> = {}) {
  const store: ModelStore = folderModelStore({ path: temporaryFolder(), clock: new VirtualClock() });
  const { id } = await store.put({ ...modelToStore('mine', 1), ...change });
  const policy = await new RulesAndModels({ folder: new ModelFolder(temporaryFolder()), store }).find(
    id,
    config.control,
  );
  const learning = onlineLearning({ store, config, revision: 'abc', log: silentLogger });
  return { store, policy, learning, id };
}

describe('online learning', () => {
  test('is off unless it is asked for', async () => {
    const { learning, policy } = await stored();
    expect(learning(policy, { ...config.control, learning: 'off' })).toBeNull();
    expect(learning(policy, config.control)).not.toBeNull();
  });

  test('leaves a model as it is whose reward nobody knows, and a rule', async () => {
    const { lineage } = modelToStore('mine', 1);
    for (const reward of [null, 'made-up']) {
      const { learning, policy } = await stored({ lineage: { ...lineage, reward } });
      expect(learning(policy, config.control)).toBeNull();
    }
    const { learning } = await stored();
    const rules = new RulesAndModels({ folder: new ModelFolder(temporaryFolder()) });
    expect(learning(await rules.find('static-2', config.control), config.control)).toBeNull();
  });

  test('goes on in the policy’s own thread, and leaves snapshots beside the model, unpromoted', async () => {
    const { learning, policy, store, id } = await stored();
    const found = learning(policy, config.control)!;
    let tell: (snapshot: OnlineSnapshot) => void = () => undefined;
    const snapshot = new Promise<OnlineSnapshot>((resolve) => {
      tell = resolve;
    });
    const adviser = await ThreadAdviser.start({
      ...{ name: policy.name, id, model: policy.found!.model, withinMs: 5000, clock, log: silentLogger },
      learning: { plan: found.plan, onSnapshot: tell },
    });
    try {
      const look = seen({ waiting: 3, workers: 4, rate: 2 });
      for (let step = 0; step < 362; step += 1) {
        const at = step * config.control.stepDurationS * 1000;
        const answer = await adviser.ask({ ...look, info: { ...look.info, at } });
        expect(answer.kind).toBe('decided');
        adviser.acted(4);
      }
      found.onSnapshot(await snapshot);
    } finally {
      await adviser.stop();
    }
    await expect.poll(() => store.list()).toHaveLength(2);
    const [newest] = await store.list();
    expect(newest).toMatchObject({
      ...{ name: 'mine-online', version: 1, promoted: false, figures: null },
      lineage: {
        ...{ source: 'online', parent: id, reward: 'cost-30', revision: 'abc' },
        data: { profile: 'live', live: { from: 0, transitions: 360 } },
      },
    });
    expect((await store.get(newest!.id)).model.arrays['values']).not.toEqual(policy.found!.model.arrays['values']);
  });
});

describe('the judge of live steps', () => {
  const step: LiveStep = {
    observation: seen({ waiting: 3, workers: 4, rate: 2 }).observation,
    ...{ appliedDelta: 0, workerSeconds: 40, lateTasks: 2, unfinished: 0, terminated: false, truncated: false },
  };

  test('is the reward of training, by its name', () => {
    expect(liveJudge('cost-30', config)!(step)).toBe(totalReward(costReward({ lateCost: 30 }).terms(step)));
    expect(liveJudge('cost-2.5', config)!(step)).toBe(-(40 + 5) / 10);
    expect(liveJudge('reference', config)!(step)).not.toBeNaN();
  });

  test.each([null, 'cost-', 'cost-x', 'other'])('knows no reward %j', (name) => {
    expect(liveJudge(name, config)).toBeNull();
  });
});
