import { SECOND, type Clock } from '#shared/clock.ts';
import { quantile } from '../live/statistics.ts';
import type { BenchRedis } from './bench-redis.ts';
import { pairedRatio, type PairedRatio } from './paired.ts';
import type { QueuePlan, Setting } from './plan.ts';
import type { QueueSide } from './queue-side.ts';
import { measureFlow, measureServing, type Stretch } from './throughput.ts';

/** Opens a queue, new and empty. */
export type OpenSide = (options: { payloadBytes: number; batch: number }) => Promise<QueueSide>;

export interface Sides {
  readonly farmhand: OpenSide;
  /** Null where there is none to compare with. */
  readonly peer: OpenSide | null;
}

/** Both queues in one way of measuring; medians over the turns. */
export interface Pairing {
  /** Tasks per second. */
  readonly farmhandPerS: number;
  readonly peerPerS: number | null;
  /** Ours over theirs: median of the pairs, not the ratio of the medians. */
  readonly ratio: number | null;
  readonly ratioSpread: Omit<PairedRatio, 'median'> | null;
  readonly redisCpuPerTaskUs: { readonly farmhand: number; readonly peer: number | null };
}

/** What is said of the row itself is serving: tasks that wait already are taken and ended, and nothing else runs. */
export interface QueueRow extends Pairing {
  readonly concurrency: number;
  /** Tasks that Farmhand claims at once. */
  readonly batch: number;
  readonly payloadBytes: number;
  readonly aof: Setting['aof'];
  /** From submission to the end: Farmhand's is its record in output, the peer's its completion. */
  readonly wholeWay: Pairing;
}

interface Contestant {
  /** Farmhand's tasks a claim; null is the peer. */
  readonly batch: number | null;
  readonly open: () => Promise<QueueSide>;
  readonly serving: Stretch[];
  readonly wholeWay: Stretch[];
}

/** Measures one setting: all contestants by turns, every other round in the opposite order. */
export async function compare(options: {
  setting: Setting;
  plan: QueuePlan;
  sides: Sides;
  redis: BenchRedis;
  clock: Clock;
  signal: AbortSignal;
}): Promise<QueueRow[]> {
  const { setting, plan, signal } = options;
  const contestants = contestantsOf(options);
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      signal.throwIfAborted();
      await takeTurn(options, contestant);
    }
  }
  const peer = contestants.find(({ batch }) => batch === null) ?? null;
  return contestants.flatMap(({ batch, serving, wholeWay }) => {
    if (batch === null) return [];
    return {
      ...{ concurrency: setting.concurrency, batch, payloadBytes: setting.payloadBytes, aof: setting.aof },
      ...pairing(serving, peer?.serving),
      wholeWay: pairing(wholeWay, peer?.wholeWay),
    };
  });
}

function contestantsOf({ setting, sides }: { setting: Setting; sides: Sides }): Contestant[] {
  const { payloadBytes } = setting;
  const { peer } = sides;
  const ours = setting.batches.map((batch) => ({
    ...{ batch, serving: [], wholeWay: [] },
    open: () => sides.farmhand({ payloadBytes, batch }),
  }));
  return [
    ...ours,
    ...(peer === null
      ? []
      : [{ batch: null, serving: [], wholeWay: [], open: () => peer({ payloadBytes, batch: 1 }) }]),
  ];
}

async function takeTurn(
  options: { setting: Setting; plan: QueuePlan; redis: BenchRedis; clock: Clock; signal: AbortSignal },
  contestant: Contestant,
): Promise<void> {
  const { setting, plan, redis, clock, signal } = options;
  const measure = async (how: (side: QueueSide) => Promise<Stretch>): Promise<Stretch> => {
    await redis.reset(setting.aof);
    const side = await contestant.open();
    try {
      return await how(side);
    } finally {
      await side.close();
    }
  };
  const common = { redis, clock, signal, concurrency: setting.concurrency };
  const flow = await measure((side) => measureFlow({ ...common, side, ms: plan.turnMs }));
  contestant.wholeWay.push(flow);
  // Serving is faster than the whole way, by how much is not known ahead.
  const tasks = Math.max(FEWEST_TASKS, Math.round((2 * flow.tasksPerS * plan.turnMs) / SECOND));
  contestant.serving.push(await measure((side) => measureServing({ ...common, side, tasks })));
}

/** Fewer could be over before the stretch begins, which is when Redis has told its CPU time. */
const FEWEST_TASKS = 2_000;

function pairing(ours: readonly Stretch[], theirs: readonly Stretch[] = []): Pairing {
  const ratio = pairedRatio(perS(ours), perS(theirs));
  return {
    farmhandPerS: median(perS(ours)),
    peerPerS: theirs.length === 0 ? null : median(perS(theirs)),
    ratio: ratio && ratio.median,
    ratioSpread: ratio && { lowest: ratio.lowest, highest: ratio.highest },
    redisCpuPerTaskUs: { farmhand: median(cpu(ours)), peer: theirs.length === 0 ? null : median(cpu(theirs)) },
  };
}

const perS = (stretches: readonly Stretch[]): number[] => stretches.map(({ tasksPerS }) => tasksPerS);
const cpu = (stretches: readonly Stretch[]): number[] => stretches.map(({ redisCpuPerTaskUs }) => redisCpuPerTaskUs);
const median = (values: readonly number[]): number => quantile(values, 0.5);
