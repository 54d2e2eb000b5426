import { describe, expect, it } from 'vitest';
import type { Clock } from '#shared/clock.ts';
import { Sfc32 } from '#shared/rng.ts';
import type { HttpAnswer } from '../../chaos/farm/http-client.ts';
import { Load } from '../../chaos/farm/load.ts';

type Script = (HttpAnswer | Error)[];

/** Nobody waits. */
const atOnce: Clock = { monotonic: () => 0, farmTime: () => 0, sleep: async () => undefined };

/** A load on a gateway that gives these answers, one after another, and then 202 for ever. */
function loadOn(script: Script): { load: Load; calls: () => number } {
  let calls = 0;
  const http = {
    async call(): Promise<HttpAnswer> {
      const next = script[calls] ?? answer(202);
      calls += 1;
      if (next instanceof Error) throw next;
      return next;
    },
  };
  const signal = new AbortController().signal;
  // A seed whose first draws leave no unknown reply alone.
  const load = new Load({ http, clock: atOnce, rng: new Sfc32(3), signal });
  return { load, calls: () => calls };
}

const task = { id: 'a', payload: {}, expectedServiceMs: 1 };
const answer = (status: number, duplicates: string[] = []): HttpAnswer => ({ status, body: { duplicates } });

describe('a client that submits', () => {
  const cases: { name: string; script: Script; calls: number; acknowledged: boolean; refused: boolean }[] = [
    { name: 'an acknowledgement ends it', script: [answer(202)], calls: 1, acknowledged: true, refused: false },
    { name: 'a busy farm is asked again', script: [answer(503)], calls: 2, acknowledged: true, refused: false },
    { name: 'a lost reply is asked again', script: [new Error('reset')], calls: 2, acknowledged: true, refused: false },
    { name: 'a defect is asked again', script: [answer(502)], calls: 2, acknowledged: true, refused: false },
    { name: 'a refusal ends it', script: [answer(413)], calls: 1, acknowledged: false, refused: true },
  ];
  it.each(cases)('$name', async ({ script, calls, acknowledged, refused }) => {
    const made = loadOn(script);
    await made.load.submit([task]);
    expect(made.calls()).toBe(calls);
    const [submission] = made.load.submissions;
    expect(submission?.acknowledgedAt !== null).toBe(acknowledged);
    expect(submission?.refused).toBe(refused);
  });

  it('knows a task again whose reply was lost', async () => {
    const { load } = loadOn([new Error('reset'), answer(202, ['a'])]);
    await load.submit([task, { ...task, id: 'b' }]);
    expect(load.submissions.map(({ replyLost }) => replyLost)).toEqual([true, false]);
  });

  it('submits as many as it was asked for, each under its own id', async () => {
    const { load } = loadOn([]);
    await load.run(110, () => 110);
    expect(new Set(load.submissions.map(({ id }) => id)).size).toBe(110);
  });

  it('now and then leaves a lost reply alone', async () => {
    const { load } = loadOn(Array.from({ length: 200 }, () => new Error('reset')));
    await load.run(100, () => 100);
    expect(load.submissions.every(({ acknowledgedAt }) => acknowledgedAt === null)).toBe(true);
  });
});
