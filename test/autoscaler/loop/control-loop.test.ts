import { expect, onTestFinished, test } from 'vitest';
import { LocalAdviser } from '#autoscaler/loop/adviser.ts';
import { Announcer } from '#autoscaler/loop/announcer.ts';
import { ControlLoop } from '#autoscaler/loop/control-loop.ts';
import { Deliberation } from '#autoscaler/loop/deliberation.ts';
import type { AutoscalerEvent } from '#autoscaler/loop/events.ts';
import { Executor } from '#autoscaler/loop/execute.ts';
import { Health } from '#autoscaler/loop/health.ts';
import { Knowledge } from '#autoscaler/loop/knowledge.ts';
import { Monitor } from '#autoscaler/loop/monitor.ts';
import { ScaleDown } from '#autoscaler/loop/scale-down.ts';
import { Tally } from '#autoscaler/loop/tally.ts';
import { asShelfPolicy } from '#autoscaler/model-store/policy-shelf.ts';
import type { Policy, PolicyDecision } from '#autoscaler/policy/policy.ts';
import { FarmShield } from '#autoscaler/shield/farm-shield.ts';
import { makeSupervisor } from '#autoscaler/shield/make-supervisor.ts';
import { SECOND, VirtualClock } from '#shared/clock.ts';
import { farmConfigSchema } from '#shared/config-schema.ts';
import { silentLogger } from '#shared/log.ts';
import { MemoryFarm } from '../support/memory-farm.ts';

const hold: PolicyDecision = { kind: 'hold', because: 'safe and sound' };

/** A loop of one-second steps with a live policy of the test's own, and perhaps a shadow; the safe one holds. */
async function run(
  decide: Policy['decide'],
  { shadow = null, leads = () => true }: { shadow?: Policy['decide'] | null; leads?: () => boolean } = {},
) {
  const clock = new VirtualClock();
  const farm = new MemoryFarm(clock, 4);
  const parts = { ...{ queue: farm.queue, drain: farm.drain, scaler: farm.scaler }, clock, log: silentLogger };
  const config = farmConfigSchema.parse({
    control: { stepDurationS: 1, safePolicy: 'safe' },
    shield: { returnAfterSteps: 2 },
  });
  const adviser = (name: string, own: Policy['decide']): LocalAdviser =>
    new LocalAdviser(asShelfPolicy({ name, usesClock: false, decide: own }), { clock, withinMs: 250 });
  const events: AutoscalerEvent[] = [];
  const announcer = new Announcer(parts);
  announcer.subscribe((event) => void events.push(event));
  const health = new Health(parts);
  const knowledge = new Knowledge({ sink: { append: async () => undefined }, health, announcer });
  const scaleDown = new ScaleDown({ ...parts, newOrder: () => 'order' });
  const supervisor = makeSupervisor({
    ...{ settings: config.shield, safeName: 'safe', model: null, at: 0 },
    shield: new FarmShield({ ...config.control, ...config.shield }),
  });
  const told: (number | null)[] = [];
  const live = Object.assign(adviser('own', decide), { acted: (replicas: number | null) => void told.push(replicas) });
  const deliberation = new Deliberation({
    ...{ supervisor, clock, live, safe: adviser('safe', () => hold) },
    shadow: shadow === null ? null : adviser('shade', shadow),
  });
  const loop = new ControlLoop(
    {
      ...{ clock, log: silentLogger, health, knowledge, announcer, tally: new Tally(), leads },
      deliberation: () => deliberation,
      monitor: new Monitor({ ...parts, health }, { windowMs: SECOND, timeoutMs: SECOND }),
      executor: new Executor({ scaler: farm.scaler, scaleDown, health }),
    },
    config.control,
  );
  loop.start();
  onTestFinished(() => loop.stop());
  await clock.advance(0);
  return { clock, farm, health, knowledge, deliberation, events, told };
}

test('a policy that throws costs the loop nothing: the safe one decides, and it comes back when it is well', async () => {
  let broken = true;
  const { clock, farm, health, knowledge, deliberation, events } = await run(() => {
    if (broken) throw new Error('no such neuron');
    return { kind: 'scale', replicas: 5, because: 'well again' };
  });
  await clock.advance(3 * SECOND);
  expect(knowledge.decisions(3)).toMatchObject(
    [3, 2, 1].map((step) => ({
      step,
      policy: 'safe',
      outcome: 'noop',
      verdict: { kind: 'replaced' },
      because: 'safe is in charge, as the policy failed: no such neuron: safe and sound',
    })),
  );
  expect(health.problems()).toMatchObject({ policy: { because: 'the policy failed: no such neuron' } });
  expect(deliberation.reading.fallback).toMatchObject({ active: true, fault: 'exception', switches: 1, needed: 2 });
  broken = false;
  await clock.advance(SECOND);
  expect(farm.replicas).toBe(4);
  await clock.advance(SECOND);
  expect(farm.replicas).toBe(5);
  expect(knowledge.decisions(1)).toMatchObject([
    { policy: 'own', verdict: { kind: 'admitted' }, because: 'well again' },
  ]);
  expect(health.problems()).toEqual({});
  expect(deliberation.reading.fallback).toMatchObject({ active: false, switches: 1, returns: 1, needed: null });
  const told = events.filter(({ kind }) => kind === 'policy');
  expect(told).toMatchObject([{ policy: { fallback: { active: true } } }, { policy: { fallback: { active: false } } }]);
});

test.each([
  ['no number', NaN, 4],
  ['a part of a worker', 4.5, 4],
  ['fewer than none', -3, 4],
  ['far too many', 1e9, 32],
])('a policy that asks for %s cannot leave the bounds', async (_case, replicas, after) => {
  const { clock, farm } = await run(() => ({ kind: 'scale', replicas, because: 'nonsense' }));
  await clock.advance(60 * SECOND);
  expect(farm.replicas).toBe(after);
});

test('what a policy weighed is in the decision, best first', async () => {
  const values = [
    { replicas: 5, value: 2 },
    { replicas: 4, value: 1 },
  ];
  const { clock, knowledge } = await run(() => ({ kind: 'scale', replicas: 5, because: 'more', values }));
  await clock.advance(SECOND);
  expect(knowledge.decisions(1)).toMatchObject([{ candidates: values, proposed: 5 }]);
});

test('the shadow decides beside it and never acts', async () => {
  const { clock, farm, knowledge } = await run(() => hold, {
    shadow: () => ({ kind: 'scale', replicas: 9, because: 'nine are better' }),
  });
  await clock.advance(3 * SECOND);
  expect(farm.applied).toEqual([]);
  expect(knowledge.decisions(1)).toMatchObject([
    { policy: 'own', requested: null, shadow: { name: 'shade', replicas: 9, because: 'nine are better' } },
  ]);
});

test('a shadow that fails hurts nobody', async () => {
  const { clock, farm, knowledge, health } = await run(
    ({ observation }) => ({ kind: 'scale', replicas: observation[4] + 1, because: 'more' }),
    {
      shadow: () => {
        throw new Error('a shadow of itself');
      },
    },
  );
  await clock.advance(3 * SECOND);
  expect(farm.applied).toEqual([5, 6, 7]);
  expect(health.problems()).toEqual({});
  expect(knowledge.decisions(1)[0]!.shadow).toEqual({
    name: 'shade',
    replicas: null,
    because: 'the policy failed: a shadow of itself',
  });
});

test('a policy sees each step while another process leads, and is followed from the first one that is its own', async () => {
  let leads = false;
  let looks = 0;
  const decide: Policy['decide'] = () => {
    looks += 1;
    // With its sixth look in hand it leads no more.
    if (looks === 6) leads = false;
    return { kind: 'scale', replicas: 4 + looks, because: `${looks} looks` };
  };
  const { clock, farm, knowledge, told } = await run(decide, { leads: () => leads });
  await clock.advance(3 * SECOND);
  // The one at the start is one of them.
  expect(looks).toBe(4);
  expect(farm.replicas).toBe(4);
  expect(knowledge.decisions(9)).toEqual([]);
  leads = true;
  await clock.advance(SECOND);
  expect(knowledge.decisions(9)).toMatchObject([
    { proposed: 9, because: expect.stringContaining('5 looks') as string },
  ]);
  await clock.advance(SECOND);
  expect(knowledge.decisions(9)).toHaveLength(1);
  expect(told, 'what its answers were good for').toEqual([null, null, null, null, 5, null]);
});
