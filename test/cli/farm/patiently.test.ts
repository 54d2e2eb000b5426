import { describe, expect, it } from 'vitest';
import { VirtualClock } from '#shared/clock.ts';
import { FarmhandError, type ErrorCode } from '#shared/errors.ts';
import { patiently, type Patience } from '../../../cli/farm/patiently.ts';

function attempt(failures: readonly ErrorCode[], patience: Partial<Patience> = {}) {
  const clock = new VirtualClock();
  const left = [...failures];
  let calls = 0;
  const done = patiently(
    async () => {
      calls += 1;
      const code = left.shift();
      if (code !== undefined) throw new FarmhandError(code, code);
      return 'done';
    },
    { clock, withinMs: 2_000, ...patience },
  );
  done.catch(() => undefined);
  return { clock, done, calls: () => calls };
}

describe('patiently', () => {
  it.each<[string, readonly ErrorCode[], Partial<Patience>]>([
    ['Redis restarts', ['REDIS_UNREACHABLE', 'REDIS_UNREACHABLE'], {}],
    ['a function is replaced', ['NOT_READY', 'GATEWAY_REFUSED'], {}],
    ['the caller knows more', ['CONFLICT'], { also: ['CONFLICT'] }],
  ])('tries again where %s', async (_name, failures, patience) => {
    const { clock, done, calls } = attempt(failures, patience);
    await clock.advance(2_000);
    expect(await done).toBe('done');
    expect(calls()).toBe(failures.length + 1);
  });

  it.each<[string, readonly ErrorCode[], string]>([
    ['what will not pass', ['NOT_FOUND'], 'NOT_FOUND'],
    ['a conflict', ['CONFLICT'], 'CONFLICT'],
    ['what does not pass in time', Array<ErrorCode>(9).fill('REDIS_UNREACHABLE'), 'REDIS_UNREACHABLE'],
  ])('fails with %s', async (_name, failures, code) => {
    const { clock, done } = attempt(failures);
    const failing = expect(done).rejects.toMatchObject({ code });
    await clock.advance(3_000);
    await failing;
  });

  it('gives up early when it is told to', async () => {
    const stopping = new AbortController();
    const { clock, done, calls } = attempt(Array<ErrorCode>(9).fill('NOT_READY'), { signal: stopping.signal });
    await clock.advance(600);
    stopping.abort();
    await expect(done).rejects.toMatchObject({ code: 'NOT_READY' });
    expect(calls()).toBe(3);
  });
});
