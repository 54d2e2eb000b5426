import { describe, expect, test } from 'vitest';
import type { PolicyShelf } from '#autoscaler/model-store/policy-shelf.ts';
import type { Policy } from '#autoscaler/policy/policy.ts';
import { SECOND } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import { setUp, settings, STEP_MS } from '../support/autoscaler-bench.ts';
import { rules } from '../support/rules.ts';
import { whileTimePasses } from '../support/passing-time.ts';

/** A shelf with one model of the test's own beside the rules. */
function shelfWith(decide: Policy['decide']): Pick<PolicyShelf, 'find'> {
  return {
    find: async (name, options) =>
      name === 'own' ? { name, usesClock: false, model: 'sha256-own', decide } : rules.find(name, options),
  };
}

describe('policies', () => {
  const always = (delta: number): Policy['decide'] => {
    return ({ observation }) => ({ kind: 'scale', replicas: observation[4] + delta, because: 'always' });
  };

  test('are replaced without ending the episode or moving a worker', async () => {
    const { clock, farm, autoscaler, lines } = await setUp(3);
    const heard: string[] = [];
    const end = autoscaler.subscribe((event) => void heard.push(event.kind));
    await clock.advance(STEP_MS);
    const since = autoscaler.episode.since;
    const set = await whileTimePasses(clock, autoscaler.setPolicy({ live: 'static-2', shadow: 'static-9' }));
    expect(set).toMatchObject({
      live: { name: 'static-2', model: null },
      shadow: { name: 'static-9', model: null },
      safe: 'steady',
      fallback: { active: false, switches: 0 },
    });
    expect(autoscaler.policy).toEqual(set);
    expect(farm.replicas).toBe(4);
    await clock.advance(STEP_MS + SECOND);
    expect(farm.replicas).toBe(3);
    expect(autoscaler.episode).toMatchObject({ since, steps: 2, policy: 'static-2', settings: { policy: 'static-2' } });
    expect(autoscaler.knowledge.decisions(1)).toMatchObject([{ policy: 'static-2', shadow: { replicas: 9 } }]);
    expect(heard).toEqual(['observation', 'decision', 'policy', 'observation', 'decision', 'decision']);
    end();
    await clock.advance(STEP_MS);
    expect(heard).toHaveLength(6);
    expect(lines.map(({ message }) => message)).toContain('from now on static-2 decides');
    expect((await autoscaler.setPolicy({ shadow: null })).shadow).toBeNull();
  });

  test.each([
    ['an unknown one', { live: 'lucky' }],
    ['an unknown shadow', { live: 'static-2', shadow: 'lucky' }],
  ])('%s changes nothing', async (_case, choice) => {
    const { clock, autoscaler } = await setUp(6);
    await expect(autoscaler.setPolicy(choice)).rejects.toMatchObject({ code: 'UNKNOWN_POLICY' });
    await clock.advance(STEP_MS);
    expect(autoscaler.policy).toMatchObject({ live: { name: 'static-6' }, shadow: null });
  });

  test('a listener that throws hurts nobody', async () => {
    const { clock, autoscaler, farm, lines } = await setUp(3);
    autoscaler.subscribe(() => {
      throw new Error('deaf');
    });
    await clock.advance(2 * STEP_MS);
    expect(farm.replicas).toBe(5);
    expect(lines.some(({ message }) => message === 'a listener failed on decision: deaf')).toBe(true);
  });

  test('a safe policy has to be a rule', async () => {
    const policies = shelfWith(always(0));
    await expect(setUp(3, settings({ safePolicy: 'own' }), { policies })).rejects.toMatchObject({
      code: 'UNKNOWN_POLICY',
      message: /control\.safePolicy: own is a trained model/,
    });
  });

  test('a process whose model cannot be loaded starts under the safe policy, and says so', async () => {
    const policies: Pick<PolicyShelf, 'find'> = {
      find: async (name, options) => {
        if (name === 'own') throw new FarmhandError('MODEL_INVALID', 'its weights are damaged');
        return rules.find(name, options);
      },
    };
    const { clock, farm, autoscaler, decisions } = await setUp(3, settings({ policy: 'own', safePolicy: 'static-5' }), {
      policies,
    });
    await clock.advance(2 * STEP_MS);
    expect(farm.replicas).toBe(5);
    expect(decisions()[0]).toMatchObject({ policy: 'static-5', verdict: { kind: 'replaced' } });
    expect(autoscaler.policy).toMatchObject({ live: { name: 'own' }, fallback: { active: true, fault: 'stale' } });
  });

  test.each([
    ['always wants one fewer', -1, 'evidence'],
    ['always wants one more', 1, 'ceiling'],
  ])('a model that %s is corrected by the queueing model, three times at most', async (_case, delta, rule) => {
    const { clock, farm, autoscaler, decisions } = await setUp(12, settings({ policy: 'own' }), {
      policies: shelfWith(always(delta)),
    });
    farm.window = { count: 20, met: 20, meanSojournMs: 1_000, maxSojournMs: 1_000, meanServiceMs: 1_000 };
    for (let step = 0; step < 20; step += 1) {
      farm.emitted += 30;
      await clock.advance(STEP_MS);
    }
    await clock.advance(SECOND);
    const ended = decisions();
    const corrected = ended.filter(({ verdict }) => verdict.corrections.some((correction) => correction.rule === rule));
    expect(corrected.length).toBeLessThanOrEqual(3);
    const replaced = ended.findIndex(({ verdict }) => verdict.kind === 'replaced');
    expect(ended.slice(replaced).every(({ policy }) => policy === 'steady')).toBe(true);
    expect(autoscaler.policy.fallback).toMatchObject({ active: true, fault: 'corrected', switches: 1 });
    expect(farm.replicas).toBeGreaterThanOrEqual(12);
    expect(farm.replicas).toBeLessThanOrEqual(17);
  });
});

test('an autoscaler that has lost the lead in mid-decision changes nothing', async () => {
  let leads = true;
  const { clock, farm, decisions } = await setUp(3, settings(), {
    leads: () => leads,
    policies: {
      find: async (name, options) => {
        const found = await rules.find(name, options);
        return {
          ...found,
          decide: (seen) => {
            // It is stopped here, and wakes when another one leads.
            leads = false;
            return found.decide(seen);
          },
        };
      },
    },
  });
  await clock.advance(5 * STEP_MS);
  expect(farm.applied).toEqual([]);
  expect(decisions()).toEqual([]);
});
