import { describe, expect, test } from 'vitest';
import { MINUTE, SECOND } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import { setUp, settings, STEP_MS } from '../support/autoscaler-bench.ts';
import { whileTimePasses } from '../support/passing-time.ts';

describe('the loop', () => {
  test('looks at once, decides a step later, and goes one worker a step', async () => {
    const { clock, farm, autoscaler, decisions } = await setUp(3);
    expect(autoscaler.knowledge.lastSeen?.replicas.granted).toBe(3);
    await clock.advance(STEP_MS - 1);
    expect(decisions()).toEqual([]);
    await clock.advance(1);
    expect(decisions()).toHaveLength(1);
    await clock.advance(2 * STEP_MS);
    expect(farm.applied).toEqual([4, 5, 6]);
    await clock.advance(STEP_MS);
    expect(decisions().map(({ step, outcome, requested, granted }) => [step, outcome, requested, granted])).toEqual([
      [1, 'up', 4, 4],
      [2, 'up', 5, 5],
      [3, 'up', 6, 6],
      [4, 'noop', null, 6],
    ]);
    expect(autoscaler.episode).toMatchObject({ policy: 'static-6', steps: 4, scaling: { up: 3, down: 0, noop: 1 } });
  });

  test('a decision says all that led to it', async () => {
    const { clock, farm, decisions, kept } = await setUp(3, settings({ policy: 'reactive-average' }));
    farm.window = { count: 2, met: 1, meanSojournMs: 2_000, maxSojournMs: 3_000, meanServiceMs: 1_000 };
    farm.waiting = 10;
    farm.emitted = 40;
    await clock.advance(STEP_MS);
    const decision = decisions()[0];
    expect(decision).toEqual({
      step: 1,
      at: Date.UTC(2026, 0, 1) + STEP_MS,
      policy: 'reactive-average',
      observation: [0, 10, 0, 0, 3, 2, 3, 4, 0.5],
      info: {
        at: Date.UTC(2026, 0, 1) + STEP_MS,
        sampleAgeMs: 0,
        fresh: true,
        inFlight: 0,
        emitted: 40,
        ready: 3,
        active: 3,
        oldestSlackMs: null,
        meanServiceS: 1,
      },
      proposed: 10,
      candidates: [],
      verdict: {
        kind: 'corrected',
        replicas: 4,
        corrections: [{ rule: 'step', from: 10, to: 4, because: '10 wanted, 1 a step' }],
        because:
          '10 waiting and 4.00 tasks/s at 2.00 s each need 10.00 workers; 3.00 of 3 count as free; 10 wanted, 1 a step',
      },
      shadow: null,
      requested: 4,
      granted: 4,
      drained: 0,
      withdrawn: 0,
      outcome: 'up',
      took: { observeMs: 0, decideMs: 0, actMs: 0 },
      because:
        '10 waiting and 4.00 tasks/s at 2.00 s each need 10.00 workers; 3.00 of 3 count as free; 10 wanted, 1 a step',
    });
    expect(kept).toEqual([decision]);
  });

  test('keeps its times for an hour', async () => {
    const { clock, autoscaler } = await setUp(6);
    const start = clock.farmTime();
    const times: number[] = [];
    autoscaler.subscribe((event) => {
      if (event.kind === 'decision') times.push(event.decision.at - start);
    });
    await clock.advance(60 * MINUTE);
    expect(times).toEqual(Array.from({ length: 360 }, (_, k) => (k + 1) * STEP_MS));
    expect(autoscaler.episode).toMatchObject({ steps: 360, skipped: 0 });
  });

  test('steps do not overlap: those that a slow platform ran over are skipped and counted', async () => {
    const { clock, farm, autoscaler, decisions } = await setUp(3);
    const start = clock.farmTime();
    farm.applyTakesMs = 2.5 * STEP_MS;
    await clock.advance(2 * STEP_MS);
    farm.applyTakesMs = 0;
    await clock.advance(4 * STEP_MS);
    expect(decisions().map(({ at }) => (at - start) / STEP_MS)).toEqual([1, 4, 5, 6]);
    expect(autoscaler.episode).toMatchObject({ steps: 4, skipped: 2 });
  });

  test('keeps within its bounds whoever else scales', async () => {
    const { clock, farm, decisions } = await setUp(6, settings({ minWorkers: 4, initialWorkers: 6, maxWorkers: 8 }));
    await farm.scaler.apply({ replicas: 12 });
    await clock.advance(STEP_MS + SECOND);
    expect(farm.replicas).toBe(8);
    await farm.scaler.apply({ replicas: 1 });
    await clock.advance(STEP_MS);
    expect(farm.replicas).toBe(4);
    expect(decisions().map(({ outcome }) => outcome)).toEqual(['down', 'up']);
  });

  test('takes at most maxScalingStep a step', async () => {
    const { clock, farm } = await setUp(1, settings({ policy: 'static-16', maxScalingStep: 5 }));
    await clock.advance(4 * STEP_MS);
    expect(farm.applied).toEqual([6, 11, 16]);
  });

  test('a platform that grants 5 is asked no more for what it does not give', async () => {
    const { clock, farm, decisions } = await setUp(4);
    farm.cap = 5;
    await clock.advance(4 * STEP_MS);
    expect(farm.applied).toEqual([5, 6]);
    expect(decisions().map(({ outcome, requested, granted }) => [outcome, requested, granted])).toEqual([
      ['up', 5, 5],
      ['refused', 6, 5],
      ['noop', null, 5],
      ['noop', null, 5],
    ]);
    expect(decisions()[1]!.because).toMatch(/granted 5 of 6$/);
    expect(decisions()[2]!.because).toMatch(/the platform grants no more than 5$/);
  });

  test('workers are averaged over time, from the first look', async () => {
    const { clock, autoscaler } = await setUp(4);
    // 4 for one step, 5 for one, 6 for two.
    await clock.advance(4 * STEP_MS);
    expect(autoscaler.episode.workers).toEqual({ mean: (4 + 5 + 6 + 6) / 4, max: 6, now: 6 });
  });
});

describe('scale-down', () => {
  test('drains first, and shows the decision in the meantime', async () => {
    const { clock, farm, autoscaler, decisions, kept } = await setUp(8);
    for (const worker of farm.workers) worker.drainMs = 4 * SECOND;
    await clock.advance(STEP_MS + SECOND);
    expect(decisions()).toMatchObject([{ outcome: 'draining', requested: 7, granted: 8 }]);
    expect(kept).toEqual([]);
    expect(autoscaler.episode.scaling).toEqual({ up: 0, down: 0, noop: 0 });
    await clock.advance(4 * SECOND);
    expect(decisions()).toMatchObject([{ outcome: 'down', requested: 7, granted: 7, drained: 1, withdrawn: 0 }]);
    expect(decisions()[0]!.because).toBe('the pool has 8 workers and keeps 6; 6 wanted, 1 a step; 1 of 1 drained');
    expect(kept).toEqual(decisions());
    expect(autoscaler.episode.scaling).toEqual({ up: 0, down: 1, noop: 0 });
  });

  test('the loop goes on while workers drain, and starts no second scale-down', async () => {
    const { clock, farm, decisions } = await setUp(8, settings({ stepDurationS: 2, drainTimeoutS: 9 }));
    for (const worker of farm.workers) worker.drainMs = 5 * SECOND;
    await clock.advance(6.5 * SECOND);
    expect(decisions().map(({ outcome }) => outcome)).toEqual(['draining', 'noop', 'noop']);
    expect(decisions()[1]!.because).toMatch(/an earlier scale-down still waits for its workers$/);
    await clock.advance(SECOND);
    expect(decisions()[0]!.outcome).toBe('down');
    expect(farm.applied).toEqual([7]);
  });

  test('a worker that does not drain in time is withdrawn and counted', async () => {
    const { clock, farm, autoscaler, decisions } = await setUp(7, settings({ drainTimeoutS: 5 }));
    for (const worker of farm.workers) worker.drainMs = null;
    await clock.advance(STEP_MS + 6 * SECOND);
    expect(decisions()).toMatchObject([{ outcome: 'withdrawn', drained: 0, withdrawn: 1, granted: 7 }]);
    expect(decisions()[0]!.because).toMatch(/none of 1 drained within 5 s$/);
    expect(farm.ordered).toEqual([]);
    expect(autoscaler.episode).toMatchObject({ drains: { drained: 0, withdrawn: 1 }, scaling: { noop: 1 } });
  });

  test('a scale-up takes the draining workers back before it asks for more', async () => {
    const { clock, farm, decisions } = await setUp(
      4,
      settings({ policy: 'reactive-average', stepDurationS: 2, drainTimeoutS: 9 }),
    );
    for (const worker of farm.workers) worker.drainMs = 8 * SECOND;
    await clock.advance(2 * SECOND);
    expect(farm.ordered).toEqual(['w4']);
    farm.waiting = 500;
    farm.window = { count: 1, met: 1, meanSojournMs: 1_000, maxSojournMs: 1_000, meanServiceMs: 1_000 };
    await clock.advance(2 * SECOND);
    expect(farm.withdrawals).toEqual(['order-1: w4']);
    expect(farm.applied).toEqual([5]);
    expect(decisions().map(({ outcome, withdrawn }) => [outcome, withdrawn])).toEqual([
      ['withdrawn', 1],
      ['up', 0],
    ]);
    await clock.advance(20 * SECOND);
    expect(Math.min(...farm.applied)).toBe(5);
  });

  test('a failed apply leaves every worker at work', async () => {
    const { clock, farm, decisions } = await setUp(7);
    farm.applyFails = true;
    await clock.advance(STEP_MS + SECOND);
    expect(decisions()).toMatchObject([{ outcome: 'failed', drained: 1, withdrawn: 1 }]);
    expect(farm.ordered).toEqual([]);
    farm.applyFails = false;
    await clock.advance(STEP_MS);
    expect(farm.replicas).toBe(6);
  });
});

describe('outages', () => {
  const outages = [
    ['Redis fails', 'queueMood', 'failing', 'queue: Redis does not answer'],
    ['Redis is silent', 'queueMood', 'silent', 'queue: no answer within 5000 ms'],
    ['the gateway fails', 'gatewayMood', 'failing', 'gateway: the gateway does not answer'],
    ['the gateway is silent', 'gatewayMood', 'silent', 'gateway: no answer within 5000 ms'],
  ] as const;
  test.each(outages)('%s: holds, says so once, and resumes', async (_case, part, mood, line) => {
    const { clock, farm, autoscaler, decisions, lines } = await setUp(3);
    await clock.advance(STEP_MS);
    expect(farm.replicas).toBe(4);
    farm[part] = mood;
    // The last of five steps may take 5 s to give up.
    await clock.advance(5 * STEP_MS + 5 * SECOND);
    expect(farm.replicas).toBe(4);
    expect(decisions().slice(1)).toHaveLength(5);
    for (const decision of decisions().slice(1)) {
      expect(decision).toMatchObject({ outcome: 'noop', observation: null, proposed: null, granted: null });
      expect(decision.because).toBe(
        line.replace('queue:', 'no reading of the queue:').replace('gateway:', 'no reading of the workers:'),
      );
    }
    expect(Object.keys(autoscaler.health.problems())).toHaveLength(1);
    farm[part] = 'well';
    await clock.advance(3 * STEP_MS);
    expect(farm.replicas).toBe(6);
    expect(autoscaler.health.problems()).toEqual({});
    const said = lines.filter(({ level }) => level === 'error').map(({ message }) => message);
    expect(said).toEqual([line]);
    expect(lines.filter(({ message }) => /works again after \d+\.\d s$/.test(message))).toHaveLength(1);
  });

  test('a silent Redis is asked once, not once a step', async () => {
    const { clock, farm } = await setUp(3);
    await clock.advance(STEP_MS);
    const before = farm.reads;
    farm.queueMood = 'silent';
    await clock.advance(10 * STEP_MS);
    expect(farm.reads).toBe(before + 1);
  });

  test('does not decide on a sample that is older than a step', async () => {
    const { clock, farm, decisions } = await setUp(3, settings({ stepDurationS: 4 }));
    await clock.advance(3_900);
    farm.queueMood = 'silent';
    // The step at 4 s asks and gives up; the answer comes before 12 s, and the step at 8 s gets it.
    await clock.advance(8 * SECOND);
    farm.queueMood = 'well';
    await clock.advance(SECOND);
    expect(decisions().map(({ outcome, because }) => [outcome, because])).toEqual([
      ['noop', 'no reading of the queue: no answer within 4000 ms'],
      ['noop', 'the sample is 8.0 s old, more than a step'],
      ['up', 'the pool has 3 workers and keeps 6; 6 wanted, 1 a step'],
    ]);
  });

  test('a start without Redis and gateway waits for them', async () => {
    const { clock, farm } = await setUp(3);
    farm.queueMood = 'failing';
    farm.gatewayMood = 'failing';
    await clock.advance(2 * STEP_MS);
    farm.queueMood = 'well';
    farm.gatewayMood = 'well';
    await clock.advance(3 * STEP_MS);
    expect(farm.replicas).toBe(6);
  });

  test('a sink that fails costs nothing but a line', async () => {
    const failing = { append: async () => Promise.reject(new FarmhandError('REDIS_UNREACHABLE', 'gone')) };
    const { clock, farm, autoscaler, lines } = await setUp(3, settings(), { sink: failing });
    await clock.advance(3 * STEP_MS);
    expect(farm.replicas).toBe(6);
    expect(autoscaler.health.problems().journal?.because).toBe('gone');
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  test('a scale-up that fails is recorded and tried again', async () => {
    const { clock, farm, decisions } = await setUp(3);
    farm.applyFails = true;
    await clock.advance(STEP_MS);
    expect(decisions()).toMatchObject([{ outcome: 'failed', requested: 4, granted: null }]);
    farm.applyFails = false;
    await clock.advance(STEP_MS);
    expect(farm.replicas).toBe(4);
  });
});

describe('pause, leadership, stop', () => {
  test('a paused loop looks and decides nothing; resumed, it goes on', async () => {
    const { clock, farm, autoscaler, decisions } = await setUp(3);
    await autoscaler.pause();
    expect(autoscaler.state).toBe('paused');
    const before = farm.reads;
    await clock.advance(5 * STEP_MS);
    expect(farm.reads).toBe(before + 5);
    expect(decisions()).toEqual([]);
    await autoscaler.resume();
    await clock.advance(STEP_MS);
    expect(farm.replicas).toBe(4);
  });

  test('a pause gives draining workers back', async () => {
    const { clock, farm, autoscaler, decisions } = await setUp(8);
    for (const worker of farm.workers) worker.drainMs = 8 * SECOND;
    await clock.advance(STEP_MS + SECOND);
    await whileTimePasses(clock, autoscaler.pause());
    expect(farm.ordered).toEqual([]);
    expect(decisions()).toMatchObject([{ outcome: 'withdrawn', withdrawn: 1 }]);
    await clock.advance(MINUTE);
    expect(farm.applied).toEqual([]);
  });

  test('one that does not lead only watches, and refuses what changes anything', async () => {
    let leads = false;
    const { clock, farm, autoscaler, decisions } = await setUp(3, settings(), { leads: () => leads });
    await clock.advance(3 * STEP_MS);
    expect(decisions()).toEqual([]);
    expect(autoscaler.knowledge.lastSeen).not.toBeNull();
    for (const change of [() => autoscaler.pause(), () => autoscaler.startEpisode(settings())]) {
      await expect(change()).rejects.toMatchObject({ code: 'CONFLICT' });
    }
    leads = true;
    await clock.advance(STEP_MS);
    expect(farm.replicas).toBe(4);
  });

  test('stop withdraws what is open, ends the loop, and may be called twice', async () => {
    const { clock, farm, autoscaler } = await setUp(8);
    for (const worker of farm.workers) worker.drainMs = 8 * SECOND;
    await clock.advance(STEP_MS + SECOND);
    await whileTimePasses(clock, Promise.all([autoscaler.stop(), autoscaler.stop()]));
    expect(autoscaler.state).toBe('stopped');
    expect(farm.ordered).toEqual([]);
    await expect(autoscaler.startEpisode(settings({ initialWorkers: 9 }))).rejects.toMatchObject({ code: 'NOT_READY' });
    expect(farm.applied).toEqual([]);
    const before = farm.reads;
    await clock.advance(5 * MINUTE);
    expect(farm.reads).toBe(before);
  });
});

describe('an episode', () => {
  test.each([
    ['up', 2, 6, [6]],
    ['down, by draining', 9, 6, [6]],
    ['nowhere', 6, 6, []],
  ])('brings the workers to initialWorkers: %s', async (_case, from, to, applied) => {
    const { clock, farm, autoscaler } = await setUp(from, settings({ policy: 'static-3' }));
    const workers = await whileTimePasses(clock, autoscaler.startEpisode(settings({ initialWorkers: to })));
    expect(workers).toMatchObject({ granted: to, ready: to });
    expect(farm.applied).toEqual(applied);
    expect(autoscaler.episode.policy).toBe('static-6');
  });

  test('starts at zero, with the settings that it was given', async () => {
    const { clock, farm, autoscaler } = await setUp(3);
    await clock.advance(3 * STEP_MS);
    expect(autoscaler.episode.steps).toBe(3);
    await whileTimePasses(
      clock,
      autoscaler.startEpisode(settings({ policy: 'static-2', initialWorkers: 2, stepDurationS: 5 })),
    );
    expect(autoscaler.episode).toMatchObject({
      policy: 'static-2',
      steps: 0,
      skipped: 0,
      scaling: { up: 0, down: 0, noop: 0 },
      drains: { drained: 0, withdrawn: 0 },
      workers: { max: 2, now: 2 },
      since: clock.farmTime(),
    });
    await clock.advance(5 * SECOND);
    expect(autoscaler.episode).toMatchObject({ steps: 1, scaling: { noop: 1 } });
    expect(farm.replicas).toBe(2);
  });

  test('waits until what was granted is ready', async () => {
    const { clock, farm, autoscaler } = await setUp(2);
    farm.ready = 2;
    const starting = autoscaler.startEpisode(settings({ initialWorkers: 5 }));
    await clock.advance(3 * SECOND);
    expect(autoscaler.state).toBe('preparing');
    farm.ready = 5;
    expect(await whileTimePasses(clock, starting)).toMatchObject({ granted: 5, ready: 5 });
    expect(autoscaler.state).toBe('running');
  });

  test('waits no longer than 25 s, and says what is there', async () => {
    const { clock, farm, autoscaler } = await setUp(2);
    farm.ready = 1;
    farm.cap = 5;
    const start = clock.monotonic();
    expect(await whileTimePasses(clock, autoscaler.startEpisode(settings({ initialWorkers: 8 })))).toMatchObject({
      granted: 5,
      ready: 1,
    });
    expect(clock.monotonic() - start).toBeLessThan(26 * SECOND);
  });

  test('one at a time', async () => {
    const { clock, farm, autoscaler } = await setUp(2);
    farm.ready = 0;
    const starting = autoscaler.startEpisode(settings());
    await expect(autoscaler.startEpisode(settings())).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(autoscaler.pause()).rejects.toMatchObject({ code: 'CONFLICT' });
    farm.ready = null;
    await whileTimePasses(clock, starting);
  });

  test.each([
    ['an unknown policy', settings({ policy: 'lucky' }), 'UNKNOWN_POLICY', false],
    ['a gateway that is away', settings({ initialWorkers: 9 }), 'GATEWAY_UNREACHABLE', true],
  ])('%s leaves the earlier episode at work', async (_case, control, code, away) => {
    const { clock, farm, autoscaler } = await setUp(3);
    await clock.advance(STEP_MS);
    if (away) farm.gatewayMood = 'failing';
    await expect(whileTimePasses(clock, autoscaler.startEpisode(control))).rejects.toMatchObject({ code });
    farm.gatewayMood = 'well';
    await clock.advance(2 * STEP_MS);
    expect(farm.replicas).toBe(6);
    expect(autoscaler.episode.steps).toBe(3);
  });

  test('the first one takes the workers as it finds them', async () => {
    const { clock, farm } = await setUp(9, settings({ policy: 'static-9', initialWorkers: 1 }));
    await clock.advance(3 * STEP_MS);
    expect(farm.applied).toEqual([]);
    expect(farm.replicas).toBe(9);
  });
});

test('the last fifty decisions are kept, newest first', async () => {
  const { clock, autoscaler } = await setUp(6, settings({ stepDurationS: 1 }));
  await clock.advance(60 * SECOND);
  const decisions = autoscaler.knowledge.decisions(2_000);
  expect(decisions).toHaveLength(50);
  expect([decisions[0]!.step, decisions.at(-1)!.step]).toEqual([60, 11]);
  expect(autoscaler.knowledge.decisions(2).map(({ step }) => step)).toEqual([60, 59]);
});
