import { expect, onTestFinished, test } from 'vitest';
import { ControlLoop } from '#autoscaler/loop/control-loop.ts';
import { Executor } from '#autoscaler/loop/execute.ts';
import { Health } from '#autoscaler/loop/health.ts';
import { Knowledge } from '#autoscaler/loop/knowledge.ts';
import { Monitor } from '#autoscaler/loop/monitor.ts';
import { ScaleDown } from '#autoscaler/loop/scale-down.ts';
import { Tally } from '#autoscaler/loop/tally.ts';
import type { Policy, PolicyDecision } from '#autoscaler/policy/policy.ts';
import { SECOND, VirtualClock } from '#shared/clock.ts';
import { farmConfigSchema } from '#shared/config-schema.ts';
import { silentLogger } from '#shared/log.ts';
import { MemoryFarm } from '../support/memory-farm.ts';

/** A loop of one-second steps with a policy of the test's own. */
async function run(decide: () => PolicyDecision) {
  const clock = new VirtualClock();
  const farm = new MemoryFarm(clock, 4);
  const policy: Policy = { name: 'own', usesClock: false, decide };
  const parts = { ...{ queue: farm.queue, drain: farm.drain, scaler: farm.scaler }, clock, log: silentLogger };
  const health = new Health(parts);
  const knowledge = new Knowledge({ sink: { append: async () => undefined }, health });
  const scaleDown = new ScaleDown({ ...parts, newOrder: () => 'order' });
  const loop = new ControlLoop(
    {
      ...{ clock, log: silentLogger, policy, health, knowledge, tally: new Tally(), leads: () => true },
      monitor: new Monitor({ ...parts, health }, { windowMs: SECOND, timeoutMs: SECOND }),
      executor: new Executor({ scaler: farm.scaler, scaleDown, health }),
    },
    farmConfigSchema.shape.control.parse({ stepDurationS: 1 }),
  );
  loop.start();
  onTestFinished(() => loop.stop());
  await clock.advance(0);
  return { clock, farm, health, knowledge };
}

test('a policy that throws costs the loop nothing: it holds, says why, and asks again', async () => {
  let broken = true;
  const { clock, farm, health, knowledge } = await run(() => {
    if (broken) throw new Error('no such neuron');
    return { kind: 'scale', replicas: 5, because: 'well again' };
  });
  await clock.advance(3 * SECOND);
  expect(knowledge.decisions(1)).toMatchObject([
    { step: 3, outcome: 'noop', because: 'the policy failed: no such neuron' },
  ]);
  expect(health.problems()).toMatchObject({ policy: { because: 'no such neuron' } });
  broken = false;
  await clock.advance(SECOND);
  expect(farm.replicas).toBe(5);
  expect(health.problems()).toEqual({});
});

test.each([
  ['no number', NaN],
  ['far too many', 1e9],
  ['fewer than none', -3],
])('a policy that asks for %s cannot leave the bounds', async (_case, replicas) => {
  const { clock, farm } = await run(() => ({ kind: 'scale', replicas, because: 'nonsense' }));
  await clock.advance(60 * SECOND);
  expect(farm.replicas).toBeGreaterThanOrEqual(1);
  expect(farm.replicas).toBeLessThanOrEqual(32);
});
