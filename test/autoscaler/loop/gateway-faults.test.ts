import { expect, onTestFinished, test } from 'vitest';
import { Autoscaler } from '#autoscaler/loop/autoscaler.ts';
import type { Decision } from '#autoscaler/loop/decision.ts';
import { GatewayClient } from '#autoscaler/scaler/gateway-client.ts';
import { GatewayScaler } from '#autoscaler/scaler/gateway-scaler.ts';
import { StepTime } from '#autoscaler/scaler/patience.ts';
import { SECOND, SystemClock } from '#shared/clock.ts';
import { parseConfig } from '#shared/config.ts';
import { silentLogger as log } from '#shared/log.ts';
import { openTestFarm } from '../../support/farm.ts';
import { until } from '../../support/until.ts';
import { credentials, startFakeGateway } from '../support/fake-gateway.ts';
import { rules } from '../support/rules.ts';

const clock = new SystemClock();
const STEP_S = 0.8;

test(
  'a gateway that answers 500, then grants 5 at most, then is slow: scaling resumes within two steps of each',
  { timeout: 60_000 },
  async () => {
    const farm = await openTestFarm();
    onTestFinished(() => farm.close());
    const gateway = await startFakeGateway({ replicas: 2 });
    onTestFinished(() => gateway.stop());
    const { state } = gateway;
    const config = parseConfig(`control: {policy: static-20, stepDurationS: ${STEP_S}}`, {
      ...{ file: 'test', environment: {} },
    });
    const client = new GatewayClient({ ...credentials, url: gateway.url, namespace: 'openfaas-fn', timeoutMs: 5_000 });
    const autoscaler = await Autoscaler.start(
      {
        ...{ queue: farm.observer, drain: farm.roster, sink: farm.journal, policies: rules, clock, log },
        ...{ shield: config.shield, populationOf: () => null, newOrder: () => 'order', leads: () => true },
        scaler: new GatewayScaler({
          gateway: client,
          functionName: 'worker',
          clock,
          log,
          stepTime: new StepTime(STEP_S),
        }),
      },
      config.control,
    );
    onTestFinished(() => autoscaler.stop());
    const last = (): Decision | undefined => autoscaler.knowledge.decisions(1)[0];
    /** Waits for a decision of `outcome` after now: how many were made until it, itself included. */
    const stepsUntil = async (outcome: Decision['outcome']): Promise<number> => {
      const since = last()?.step ?? 0;
      return until(`it goes ${outcome}`, () => {
        const after = autoscaler.knowledge.decisions(100).filter(({ step }) => step > since);
        const found = after.findLast((decision) => decision.outcome === outcome);
        return found && found.step - since;
      });
    };
    await until('it scales', () => state.replicas >= 3);

    state.ails = 500;
    await until('it cannot see', () => last()?.observation === null);
    expect(last()).toMatchObject({ verdict: { kind: 'held' }, outcome: 'noop' });
    expect(last()!.because).toMatch(/^no reading of the workers: .* answered 500/);
    await clock.sleep(3 * STEP_S * SECOND);
    state.ails = null;
    // The step that was under way may have begun before.
    expect(await stepsUntil('up')).toBeLessThanOrEqual(3);
    expect(autoscaler.health.problems()).toEqual({});

    state.cap = Math.max(5, state.replicas);
    await until('it is refused', () => last()?.outcome === 'refused');
    const corrected = await until('it asks for no more', () => {
      const decision = last();
      return decision?.verdict.corrections.some(({ rule }) => rule === 'platform') && decision;
    });
    expect(corrected.because).toMatch(new RegExp(`the platform grants no more than ${state.cap}$`));
    // It looks whether the limit stands, and not at each step.
    const asked = await until('some steps go by', () => {
      const since = autoscaler.knowledge.decisions(50).filter(({ step }) => step > corrected.step);
      return since.length >= 4 && since;
    });
    expect(asked.filter(({ outcome }) => outcome === 'refused').length).toBeLessThanOrEqual(asked.length / 2 + 1);

    // Three eighths of a step, as 3 s are of 8. A scale-down does not have to wait until a limit is forgotten.
    state.slowMs = 0.375 * STEP_S * SECOND;
    await autoscaler.setPolicy({ live: 'static-1' });
    const before = state.replicas;
    expect(await stepsUntil('down')).toBeLessThanOrEqual(3);
    await until('and on', () => state.replicas < before - 1);
  },
);
