import { describe, expect, it } from 'vitest';
import { VirtualClock } from '#shared/clock.ts';
import type { ResultState } from '../../../cli/farm/collector.ts';
import { Output } from '../../../cli/output.ts';
import { waitForResults } from '../../../cli/submit/wait.ts';
import { screen } from '../support/screen.ts';

const task = { kind: 'x', payload: null, expectedServiceMs: 1, generatedAt: 0, deadlineAt: 1, attempts: 1 };

function dead(id: string): ResultState {
  return { state: 'dead', letter: { ...task, id, error: 'broken', diedAt: 1 } };
}

function wait(find: (id: string, elapsedMs: number) => ResultState) {
  const clock = new VirtualClock();
  const seen = screen();
  const stopping = new AbortController();
  const ended = waitForResults(
    { find: async (id) => find(id, clock.monotonic()) },
    { ids: ['a', 'b'], clock, signal: stopping.signal, output: new Output(seen.streams, { json: false }) },
  );
  return { clock, seen, stopping, ended };
}

describe('waitForResults', () => {
  it('waits until each task has ended, whichever way, and shows how far it is', async () => {
    const { clock, seen, ended } = wait((id, ms) => (id === 'a' || ms > 5_500 ? dead(id) : { state: 'waiting' }));
    await clock.advance(6_000);
    expect([...(await ended).keys()]).toEqual(['a', 'b']);
    expect(seen.out()).toBe('1 of 2 tasks ended\n');
  });

  it('does not wait for what the farm no longer knows', async () => {
    const { clock, ended } = wait(() => ({ state: 'unknown' }));
    await clock.advance(1);
    expect((await ended).size).toBe(2);
  });

  it('stops with what there is', async () => {
    const { clock, stopping, ended } = wait((id) => (id === 'a' ? dead(id) : { state: 'in-flight' }));
    await clock.advance(300);
    stopping.abort();
    expect([...(await ended).keys()]).toEqual(['a']);
  });
});
