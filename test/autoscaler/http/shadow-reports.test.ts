import { expect, test } from 'vitest';
import { ShadowReports, type ShadowQuestion } from '#autoscaler/http/shadow-reports.ts';
import type { AutoscalerListener, PolicyReading } from '#autoscaler/loop/events.ts';
import type { ShadowReport } from '#autoscaler/run/shadow/shadow-report.ts';
import { SECOND, VirtualClock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';

const figures = { live: 0.9, liveReplayed: 0.91, shadow: 0.95, expected: 0.94 };
const report: ShadowReport = {
  ...{ candidate: 'b', live: 'a', window: { from: 1, to: 2 }, decisions: 9, tasks: 99, qos: figures },
  ...{ meanWorkers: figures, agreement: 0.5, gap: 0.2, replications: 20 },
};

/** Reports over an autoscaler of which only the choice of policies matters. */
function open(make: (question: ShadowQuestion) => Promise<ShadowReport>) {
  const clock = new VirtualClock();
  let listener: AutoscalerListener = () => undefined;
  const named = (name: string) => ({ name, model: null });
  const reading = (shadow: string | null): PolicyReading =>
    ({ live: named('a'), shadow: shadow === null ? null : named(shadow), safe: 'steady' }) as PolicyReading;
  const autoscaler = {
    policy: reading('b'),
    episode: { since: 5, settings: {} } as never,
    subscribe: (given: AutoscalerListener) => {
      listener = given;
      return () => undefined;
    },
  };
  const asked: ShadowQuestion[] = [];
  const reports = new ShadowReports({
    ...{ autoscaler, clock },
    make: (question) => {
      asked.push(question);
      return make(question);
    },
  });
  const put = (shadow: string | null): void => {
    autoscaler.policy = reading(shadow);
    listener({ kind: 'policy', policy: autoscaler.policy });
  };
  return { reports, asked, clock, put };
}

test('replays at most twice a minute, whoever asks', async () => {
  const { reports, asked, clock } = open(async () => report);
  const both = await Promise.all([reports.read(), reports.read()]);
  expect(both[0]).toEqual({ ...report, since: 5, because: null });
  await clock.advance(29 * SECOND);
  await reports.read();
  expect(asked).toHaveLength(1);
  await clock.advance(2 * SECOND);
  await reports.read();
  expect(asked).toHaveLength(2);
});

test('another choice of policies is another question, and only what came after it counts', async () => {
  const { reports, asked, clock, put } = open(async () => report);
  await reports.read();
  await clock.advance(SECOND);
  put('c');
  await reports.read();
  expect(asked.map(({ candidate, since }) => [candidate, since])).toEqual([
    ['b', 5],
    ['c', clock.farmTime()],
  ]);
  put(null);
  expect(await reports.read()).toMatchObject({ candidate: null, qos: null, because: 'nobody stands in shadow' });
  expect(asked).toHaveLength(2);
});

test('says why there are no figures yet; any other error passes', async () => {
  const little = open(() => Promise.reject(new FarmhandError('CONFLICT', 'too little was seen')));
  expect(await little.reports.read()).toMatchObject({ candidate: 'b', because: 'too little was seen', qos: null });
  const broken = open(() => Promise.reject(new FarmhandError('MODEL_INVALID', 'damaged')));
  await expect(broken.reports.read()).rejects.toMatchObject({ code: 'MODEL_INVALID' });
});

test('a replay that is under way is told to end', async () => {
  const { reports, asked } = open(() => new Promise(() => undefined));
  void reports.read();
  reports.close();
  reports.close();
  expect(asked[0]?.signal.aborted).toBe(true);
});
