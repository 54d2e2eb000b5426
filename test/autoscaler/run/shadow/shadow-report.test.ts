import { describe, expect, test } from 'vitest';
import type { FarmLog } from '#autoscaler/run/continual/farm-log.ts';
import { loggedWindow } from '#autoscaler/run/shadow/logged-window.ts';
import { shadowReport, type ShadowJob } from '#autoscaler/run/shadow/shadow-report.ts';
import { farmhandProfile } from '#autoscaler/sim/profiles/farmhand.ts';
import type { TimingProfile } from '#autoscaler/sim/timing-profile.ts';
import { farmConfigSchema } from '#shared/config-schema.ts';
import { modelToStore } from '../../support/stored-models.ts';
import { decisionOf, LOG_START, overloadedLog, recordOf } from '../support/farm-logs.ts';

const config = farmConfigSchema.parse({ control: { stepDurationS: 1, observationWindowS: 1 } });
const none = { kind: 'constant', ms: 0 } as const;

/** A farm whose own doings take no time. */
const instant: TimingProfile = {
  ...farmhandProfile,
  ...{ claim: none, turnaround: none, collect: none, start: none, startNext: none, drain: none },
};

function jobOf(change: Partial<ShadowJob> = {}): ShadowJob {
  return {
    log: overloadedLog(),
    live: { name: 'static-1', model: null },
    candidate: { name: 'static-2', model: null },
    pilot: { ...config.control, ...config.shield },
    replay: { profile: instant, dispatch: 'fifo', lateEvery: 4, observationWindowS: 1 },
    replications: 2,
    seed: 1,
    ...change,
  };
}

describe('a shadow report', () => {
  test('has the live policy as it was, replayed alike where nothing is left to chance', async () => {
    const { qos, meanWorkers, tasks, decisions, window } = await shadowReport(jobOf());
    // One worker frees 100 ms of work each 60 ms: task k waits 40·k ms, and those up to 100 ms are in time.
    expect(qos.live).toBe(3 / 50);
    expect(qos.liveReplayed).toBe(qos.live);
    expect(meanWorkers.live).toBe(1);
    expect(meanWorkers.liveReplayed).toBe(1);
    expect({ tasks, decisions }).toEqual({ tasks: 50, decisions: 6 });
    expect(window).toEqual({ from: LOG_START, to: LOG_START + 5000 });
  });

  test('has what another policy would have made of the same tasks', async () => {
    const { qos, meanWorkers } = await shadowReport(jobOf());
    // Two workers from the first decision on do 100 ms of work each 50 ms: nobody waits.
    expect(qos.shadow).toBe(1);
    expect(qos.expected).toBe(1);
    expect(meanWorkers.shadow).toBe(2);
  });

  test('expects of a switch what the replay says, less what the replay of the live policy is off', async () => {
    const slow = { ...instant, claim: { kind: 'constant', ms: 500 } as const };
    const { qos } = await shadowReport(jobOf({ replay: { ...jobOf().replay, profile: slow } }));
    expect(qos.liveReplayed).not.toBe(qos.live);
    expect(qos.expected).toBeCloseTo(Math.min(1, qos.shadow + qos.live - qos.liveReplayed), 12);
  });

  test('compares what both wanted: a hold is as many as there are', async () => {
    const { agreement, gap } = await shadowReport(jobOf());
    expect(agreement).toBeCloseTo(1 / 6, 12);
    expect(gap).toBeCloseTo(5 / 6, 12);
    const nobody = await shadowReport(jobOf({ candidate: { name: 'static-3', model: null } }));
    expect(nobody).toMatchObject({ agreement: null, gap: null, candidate: 'static-3' });
  });

  test('keeps a candidate to the step, as the loop would', async () => {
    const candidate = { name: 'static-9', model: null };
    const { meanWorkers } = await shadowReport(jobOf({ candidate }));
    // One more a second from 1: 2, 3, 4, 5 and 6 over the five seconds.
    expect(meanWorkers.shadow).toBeCloseTo(4, 12);
    const quicker = await shadowReport(jobOf({ candidate, pilot: { ...jobOf().pilot, maxScalingStep: 8 } }));
    expect(quicker.meanWorkers.shadow).toBe(9);
  });

  test('replays a model, the same each time', async () => {
    const { model } = modelToStore('sarsa', 1);
    const job = jobOf({ candidate: { name: 'sarsa', model } });
    expect(await shadowReport(job)).toEqual(await shadowReport(job));
  });

  test.each<[string, FarmLog, RegExp]>([
    ['no decision', { ...overloadedLog(), decisions: [] }, /0 decisions/],
    ['hardly a task', { ...overloadedLog(), records: overloadedLog().records.slice(0, 3) }, /3 tasks/],
  ])('needs more than %s', async (_what, log, message) => {
    await expect(shadowReport(jobOf({ log }))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('a logged window', () => {
  test('has the tasks that were there when it began, and none that were gone', () => {
    const early = { serviceMs: 100, generatedAt: -300, claimedAt: -300, finishedAt: -200 };
    const log = overloadedLog();
    const window = loggedWindow({
      ...log,
      records: [
        recordOf({ id: 'gone', ...early, collectedAt: -150 }),
        recordOf({ id: 'there', ...early, collectedAt: 20 }),
        ...log.records,
      ],
    });
    expect(window.tasks).toHaveLength(51);
    expect(window.tasks[0]).toMatchObject({ atMs: -300, collectMs: 220, metDeadline: false });
  });

  test('averages workers over time: new ones count at once, draining ones until they are gone', () => {
    const log = overloadedLog();
    const decisions = [
      decisionOf({ at: 0, outcome: 'up', granted: 3 }),
      decisionOf({ at: 1000, workers: 3, active: 3, outcome: 'down', granted: 2, drained: 1 }),
      decisionOf({ at: 4000, workers: 2, active: 2 }),
    ];
    expect(loggedWindow({ ...log, decisions }).meanWorkers).toBe((3 + 3 * 3) / 4);
  });
});
