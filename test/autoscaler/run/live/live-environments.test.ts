import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { totalReward } from '#autoscaler/env/reward.ts';
import type { Environment } from '#autoscaler/env/environment.ts';
import { liveEnvironments } from '#autoscaler/run/live/live-environments.ts';
import type { OthersWork } from '#autoscaler/run/live/clear-farm.ts';
import { scenarioFrom } from '#autoscaler/run/scenario.ts';
import { loadConfig } from '#shared/config.ts';
import { silentLogger } from '#shared/log.ts';
import { parseWorkload } from '#shared/workload/parse-workload.ts';
import { join } from 'node:path';
import { speakTo } from '../../../../cli/farm/connect.ts';
import type { FarmHttp } from '../../../../cli/farm/http.ts';
import { environmentContract } from '../../../contract/environment.ts';
import { clock } from '../../../support/farm.ts';
import { projectRoot, startLocalFarm, type LocalFarm } from '../../../support/local-farm.ts';
import { until } from '../../../support/until.ts';

/** Two phases of a second each: some forty tasks of about 0.05 s. */
const tiny = {
  name: 'tiny',
  control: { stepDurationS: 0.5, observationWindowS: 1, initialWorkers: 2, maxSteps: 12 },
  arrivals: [
    { name: 'one', durationS: 1, rate: { pattern: 'steady', perS: 20 } },
    { name: 'two', durationS: 1, rate: { pattern: 'steady', perS: 20 } },
  ],
  service: { meanS: 0.05, shape: 4, minSizePx: 64, maxSizePx: 1024 },
};

const [DOWN, SAME, UP] = [0, 1, 2];
let farm: LocalFarm;
let http: FarmHttp;
beforeAll(async () => {
  farm = await startLocalFarm();
  http = speakTo(farm.handle);
}, 60_000);
afterAll(async () => {
  await http.close();
  await farm.close();
});

const opened: Environment[] = [];
afterEach(async () => {
  for (const environment of opened.splice(0)) await environment.close();
});

async function open(
  given: { workload?: object; others?: OthersWork; signal?: AbortSignal } = {},
): Promise<Environment> {
  const config = loadConfig(join(projectRoot, 'farm.yml'), farm.environment);
  const { redisUrl, gatewayUser, gatewayPassword } = farm.handle.secrets;
  const environments = liveEnvironments({
    farm: { url: farm.handle.url, redisUrl, gatewayUser, gatewayPassword, functions: http },
    config,
    others: given.others ?? 'refuse',
    clock,
    log: silentLogger,
    signal: given.signal ?? new AbortController().signal,
  });
  const workload = parseWorkload({ ...tiny, ...given.workload }, config);
  const environment = await environments.open(
    scenarioFrom(config, { workload, profile: 'live', dispatch: 'fifo', actions: 'one', lateCost: null }),
  );
  opened.push(environment);
  return environment;
}

async function autoscalerState(): Promise<string> {
  return ((await farm.client.call('GET', '/function/autoscaler/status')) as { state: string }).state;
}

describe('a live environment', { timeout: 60_000 }, () => {
  it('plays an episode: scales, steps on its axis, and ends when every task has its record', async () => {
    const environment = await open();
    const { observation, info } = await environment.reset({ seed: 1 });
    // What has been collected until it looked is the machine's affair.
    expect(observation).toHaveLength(9);
    expect([observation[0], observation[4]]).toEqual([1, 2]);
    expect(info).toMatchObject({ step: 0, actionMask: [true, true, true], counts: { dead: 0 } });
    expect(await autoscalerState()).toBe('paused');
    const actions = [UP, UP, SAME, DOWN];
    const steps = [];
    for (;;) {
      const step = await environment.step(actions[steps.length] ?? SAME);
      steps.push(step);
      if (step.terminated || step.truncated) break;
    }
    const last = steps.at(-1)!;
    expect(last).toMatchObject({ terminated: true, truncated: false });
    expect(steps.slice(0, 4).map((step) => step.info.requestedDelta)).toEqual([1, 1, 0, -1]);
    expect(steps[1]!.observation[4]).toBe(4);
    expect(steps.reduce((sum, { info: { appliedDelta } }) => sum + appliedDelta, 0)).toBe(last.observation[4] - 2);
    const { counts, elapsedS, workerSeconds } = last.info;
    expect(counts).toMatchObject({ collected: counts.emitted, dead: 0 });
    expect(last.observation[3]).toBe(counts.emitted);
    const quarters = (await environment.qosByQuartile?.()) ?? [];
    expect(quarters).toHaveLength(4);
    expect(quarters.every((share) => share === 1)).toBe(counts.met === counts.emitted);
    for (const [index, step] of steps.entries()) {
      expect(step.info.elapsedS).toBeGreaterThanOrEqual((index + 1) * 0.5);
      expect(step.info.elapsedS).toBeLessThan((index + 1) * 0.5 + 20);
      expect(totalReward(step.info.rewardTerms)).toBeCloseTo(step.reward);
    }
    expect(workerSeconds.active).toBeGreaterThan(2 * elapsedS);
    expect(workerSeconds.active).toBeLessThan(4.2 * elapsedS);
    await expect(async () => environment.step(SAME)).rejects.toThrow('reset');
  });

  it('is cut off at the step limit, waits a step for what is in hand, and starts the next episode on an empty farm', async () => {
    const slow = {
      control: { ...tiny.control, maxSteps: 2, initialWorkers: 1 },
      service: { ...tiny.service, meanS: 1.2, shape: 50, maxSizePx: 4096 },
    };
    const environment = await open({ workload: slow });
    await environment.reset({ seed: 2 });
    await environment.step(SAME);
    const step = await environment.step(SAME);
    expect(step).toMatchObject({ terminated: false, truncated: true, info: { step: 2 } });
    const { emitted, collected } = step.info.counts;
    expect(emitted - collected).toBeGreaterThan(0);
    expect(step.info.rewardTerms['end']).toBeLessThan(0);
    const dead = await deadLetters();
    const next = await environment.reset({ seed: 3 });
    // Whatever is there is of this episode; a few may have been emitted between the two looks.
    const { inFlight, counts } = next.info;
    expect(inFlight + next.observation[1] + counts.collected).toBeLessThan(counts.emitted + 4);
    expect(await deadLetters()).toBe(dead);
  });

  it('gives the farm back: what it started is gone, the autoscaler goes on', async () => {
    const environment = await open({ workload: { arrivals: [{ ...tiny.arrivals[0], durationS: 60 }] } });
    await environment.reset({ seed: 4 });
    await environment.step(SAME);
    await environment.close();
    await environment.close();
    expect(await autoscalerState()).toBe('running');
    const reading = await farm.queue.observer.read(0);
    expect(reading.input + reading.emitting + reading.waiting).toBe(0);
  });

  it('leaves an autoscaler paused that was paused', async () => {
    await farm.client.call('POST', '/function/autoscaler/pause');
    const environment = await open();
    await environment.reset({ seed: 5 });
    await environment.close();
    expect(await autoscalerState()).toBe('paused');
    await farm.client.call('POST', '/function/autoscaler/resume');
  });

  it("refuses a farm that holds others' work, or buries it where it is told to, for its owner to bring back", async () => {
    await farm.client.call('POST', '/function/autoscaler/pause');
    await farm.client.scaleWorkers(1);
    const tasks = Array.from({ length: 12 }, (_, i) => ({
      id: `mine-${i}`,
      kind: 'calibrated',
      payload: { serviceMs: 400 },
    }));
    await farm.client.call('POST', '/function/emitter/tasks', tasks);
    const refusing = await open();
    await expect(async () => refusing.reset({ seed: 6 })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/\d+ submitted by users.*wait until it is done/) as string,
    });
    const burying = await open({ others: 'bury' });
    await burying.reset({ seed: 6 });
    const letters = (await farm.queue.archive.deadLetters({ offset: 0, limit: 100 })).letters;
    const mine = letters.filter(({ id }) => id.startsWith('mine-'));
    expect(mine.length).toBeGreaterThan(0);
    expect(mine[0]!.error).toContain('live episode');
    await burying.close();
    await farm.client.call('POST', '/function/collector/dead-letters/retry', { ids: 'all' });
    await until('all of mine have their records', async () => {
      const found = await Promise.all(tasks.map(({ id }) => farm.queue.archive.find(id)));
      return found.every(({ state }) => state === 'completed');
    });
  });

  it('ends at once when it is told to, in mid-step', async () => {
    const abort = new AbortController();
    const environment = await open({
      workload: { control: { ...tiny.control, stepDurationS: 60 } },
      signal: abort.signal,
    });
    await environment.reset({ seed: 7 });
    const step = environment.step(UP) as Promise<unknown>;
    const reason = new Error('Ctrl-C');
    abort.abort(reason);
    await expect(step).rejects.toBe(reason);
    await expect(async () => environment.reset()).rejects.toBe(reason);
  });
});

async function deadLetters(): Promise<number> {
  return (await farm.queue.observer.read(0)).deadLetters;
}

environmentContract('LiveEnvironment on a local farm', async () => {
  const quick = { arrivals: tiny.arrivals.map((phase) => ({ ...phase, durationS: 0.6 })) };
  return { environment: await open({ workload: quick }), maxSteps: tiny.control.maxSteps, repeatable: false };
});
