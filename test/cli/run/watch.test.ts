import { describe, expect, it } from 'vitest';
import { VirtualClock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { AutoscalerStatus } from '../../../cli/farm/autoscaler.ts';
import type { RunStatus } from '../../../cli/farm/emitter.ts';
import { Output } from '../../../cli/output.ts';
import { watchRun, type FarmView } from '../../../cli/run/watch.ts';
import { screen } from '../support/screen.ts';

const autoscalerStatus: AutoscalerStatus = {
  state: 'running',
  episode: {
    policy: 'static-2',
    since: 0,
    steps: 1,
    scaling: { up: 0, down: 0, noop: 1 },
    workers: { mean: 2, max: 2, now: 2 },
  },
  workers: { desired: 2, granted: 2, ready: 2, active: 2 },
  queue: { input: 0, emitting: 1, waiting: 0, inFlight: 0, result: 0, deadLetters: 0 },
  observation: { arrivalRate: 1, qosRate: 1 },
  problems: {},
};

/** A run of `total` tasks as it stands at a moment: what the farm would answer. */
interface Moment {
  readonly emitted: number;
  readonly ended: number;
  readonly foreign?: number;
  readonly state?: RunStatus['state'];
  readonly away?: boolean;
}

const TOTAL = 4;

function watch(
  at: (elapsedS: number) => Moment,
  options: { isTerminal?: boolean; patienceS?: number; isUp?: () => boolean } = {},
) {
  const clock = new VirtualClock();
  const seen = screen({ isTerminal: options.isTerminal ?? false });
  const stopping = new AbortController();
  const now = (): Moment => {
    const moment = at(clock.monotonic() / 1000);
    if (moment.away === true) throw new FarmhandError('REDIS_UNREACHABLE', 'Redis does not answer');
    return moment;
  };
  const farm: FarmView = {
    emitter: {
      async run(run) {
        const { emitted, state = emitted === TOTAL ? 'done' : 'running' } = now();
        return {
          run,
          workload: 'quick',
          seed: 1,
          state,
          phase: state === 'running' ? 'burst' : null,
          emitted,
          total: TOTAL,
          startedAt: 0,
        };
      },
    },
    autoscaler: { status: async () => autoscalerStatus },
    collector: {
      async totals() {
        const { ended, foreign = 0 } = now();
        return { collected: 100 + ended + foreign, dead: 7 };
      },
      results: async () => ({ total: now().ended, records: [] }),
      deadLetters: async () => ({ total: 0, letters: [] }),
    },
  };
  const end = watchRun(farm, {
    run: 'quick-1',
    title: 'quick with static-2',
    before: { collected: 100, dead: 7 },
    startedAt: 0,
    patienceS: options.patienceS ?? 120,
    clock,
    signal: stopping.signal,
    output: new Output(seen.streams, { json: false }),
    isUp: options.isUp ?? (() => true),
  });
  return { clock, seen, stopping, end };
}

describe('watchRun', () => {
  it('ends when every emitted task has ended', async () => {
    const { clock, seen, end } = watch((elapsedS) => ({
      emitted: Math.min(TOTAL, Math.floor(elapsedS)),
      ended: Math.min(TOTAL, Math.floor(elapsedS / 2)),
    }));
    await clock.advance(9_000);
    expect(await end).toEqual({ kind: 'done' });
    expect(seen.out().split('\n')).toEqual([
      '0 s, burst, emitted 0/4, waiting 0, in flight 0, completed 0, dead 0, workers ready 2/2, arrivals/s 1, QoS 100.0 %',
      '5 s, finishing, emitted 4/4, waiting 0, in flight 0, completed 2, dead 0, workers ready 2/2, arrivals/s 1, QoS 100.0 %',
      '8 s, finishing, emitted 4/4, waiting 0, in flight 0, completed 4, dead 0, workers ready 2/2, arrivals/s 1, QoS 100.0 %',
      '',
    ]);
  });

  it("is not misled by somebody else's tasks among those counted", async () => {
    const { clock, end } = watch((elapsedS) => ({ emitted: TOTAL, ended: elapsedS < 3 ? 1 : TOTAL, foreign: 50 }));
    let ended = false;
    void end.then(() => (ended = true));
    await clock.advance(2_900);
    expect(ended).toBe(false);
    await clock.advance(1_000);
    expect(await end).toEqual({ kind: 'done' });
  });

  it('ends when somebody else stopped the run and what was emitted has ended', async () => {
    const { clock, end } = watch(() => ({ emitted: 2, ended: 2, state: 'stopped' }));
    await clock.advance(1);
    expect(await end).toEqual({ kind: 'done' });
  });

  it('waits for a farm that is away for a while, and says so once', async () => {
    const { clock, seen, end } = watch((elapsedS) =>
      elapsedS > 2 && elapsedS < 7
        ? { emitted: 0, ended: 0, away: true }
        : { emitted: TOTAL, ended: elapsedS < 8 ? 1 : TOTAL },
    );
    await clock.advance(10_000);
    expect(await end).toEqual({ kind: 'done' });
    expect(seen.err()).toBe(
      'Redis does not answer; waiting for the farm to come back\nthe farm answers again after 5 s\n',
    );
  });

  it('fails with what the farm said last when it stays away', async () => {
    const { clock, end } = watch(() => ({ emitted: 0, ended: 0, away: true }), { patienceS: 20 });
    const failing = expect(end).rejects.toMatchObject({ code: 'REDIS_UNREACHABLE' });
    await clock.advance(21_000);
    await failing;
  });

  it('does not wait for a farm that went down for good', async () => {
    const { clock, end } = watch(() => ({ emitted: 0, ended: 0, away: true }), { isUp: () => false });
    const failing = expect(end).rejects.toMatchObject({ code: 'FARM_DOWN' });
    await clock.advance(1);
    await failing;
  });

  it('remarks a standstill every 30 s, and gives up when its patience is over', async () => {
    const { clock, seen, end } = watch(() => ({ emitted: TOTAL, ended: 3 }), { patienceS: 75 });
    await clock.advance(80_000);
    expect(await end).toEqual({
      kind: 'stalled',
      because: expect.stringContaining('1 task without a result') as string,
    });
    expect(seen.err().match(/nothing has moved for (30|1 min)/g)).toHaveLength(2);
  });

  it('ends at once when it is interrupted', async () => {
    const { clock, stopping, end } = watch(() => ({ emitted: 1, ended: 0 }));
    await clock.advance(1_200);
    stopping.abort();
    expect(await end).toEqual({ kind: 'interrupted' });
  });

  it('redraws a table in a terminal', async () => {
    const { clock, seen, stopping, end } = watch(() => ({ emitted: 1, ended: 0 }), { isTerminal: true });
    await clock.advance(1_200);
    stopping.abort();
    await end;
    expect(seen.out().match(/quick with static-2/g)).toHaveLength(3);
    expect(seen.out()).toContain('\u001b[3A');
  });
});
