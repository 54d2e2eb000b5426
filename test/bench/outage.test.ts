import { expect, it } from 'vitest';
import { processEnvironment } from '#shared/config.ts';
import { benchOutage } from '../../bench/outage.ts';
import { outageFaults } from '../../bench/outage/faults.ts';
import { outagePlan } from '../../bench/outage/plan.ts';
import { renderOutageBench } from '../../cli/render/outage-bench.ts';
import { clock } from '../support/farm.ts';
import { projectRoot } from '../support/local-farm.ts';

const FAULTS = ['gateway answers 500', 'Redis restarts', 'leader is killed'];

/**
 * How soon it resumes is measured on a quiet machine (docs/outages.md); that it does, and what is said, holds on any. The gateway
 * that clamps or is slow: test/farm/clamp.test.ts, test/autoscaler/loop/gateway-faults.test.ts.
 */
it('bench outage: scaling resumes after each fault, nothing is lost, and the farm says what it was', async () => {
  const plan = { ...outagePlan({ short: true }), failingS: 8 };
  const figures = await benchOutage({
    ...{ root: projectRoot, environment: processEnvironment(), plan, clock },
    ...{ signal: new AbortController().signal, onStep: () => undefined },
    faults: outageFaults(plan).filter(({ name }) => FAULTS.includes(name)),
  });
  expect(figures).toMatchObject({ lost: 0, duplicated: 0, deadLettered: 0 });
  expect(figures.completed).toBe(figures.submitted);
  expect(figures.submitted).toBeGreaterThan(50);
  expect(figures.rows.map(({ fault, stepsToResume }) => [fault, stepsToResume])).toEqual(
    FAULTS.map((fault) => [fault, expect.any(Number) as unknown]),
  );
  const [failing, , leaderless] = figures.rows;
  expect(failing).toMatchObject({
    page: expect.arrayContaining([expect.stringMatching(/^Gateway: .* answered 500/)]) as unknown,
    held: expect.stringMatching(/^no reading of the workers: .* answered 500/) as unknown,
    log: expect.arrayContaining([expect.stringMatching(/^gateway: works again after /)]) as unknown,
  });
  expect(leaderless!.log).toContain('leads: decides');
  const text = renderOutageBench(figures).join('\n');
  expect(text).toMatch(/^gateway answers 500 +\d\S* +0 +\d/m);
  expect(text).toContain('0 lost, 0 duplicated');
}, 300_000);
