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

/** Tasks per second from taking to end alone. */
export interface ServingFigures {
  readonly farmhandPerS: number;
  readonly peerPerS: number | null;
  readonly ratio: number | null;
}

/** Medians over the turns. */
export interface QueueRow {
  readonly concurrency: number;
  /** Tasks that Farmhand claims at once. */
  readonly batch: number;
  readonly payloadBytes: number;
  readonly aof: Setting['aof'];
  /** Tasks per second from submission to record. */
  readonly farmhandPerS: number;
  readonly peerPerS: number | null;
  /** Ours over theirs: median of the pairs, not the ratio of the medians. */
  readonly ratio: number | null;
  readonly ratioSpread: Omit<PairedRatio, 'median'> | null;
  readonly redisCpuPerTaskUs: { readonly farmhand: number; readonly peer: number | null };
  readonly serving: ServingFigures | null;
}

interface Contestant {
  /** Farmhand's tasks a claim; null is the peer. */
  readonly batch: number | null;
  readonly open: () => Promise<QueueSide>;
  readonly flow: Stretch[];
  readonly serving: Stretch[];
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
  return contestants.flatMap(({ batch, flow, serving }) => {
    if (batch === null) return [];
    const ratio = pairedRatio(perS(flow), perS(peer?.flow ?? []));
    return {
      ...{ concurrency: setting.concurrency, batch, payloadBytes: setting.payloadBytes, aof: setting.aof },
      farmhandPerS: median(perS(flow)),
      peerPerS: peer && median(perS(peer.flow)),
      ratio: ratio && ratio.median,
      ratioSpread: ratio && { lowest: ratio.lowest, highest: ratio.highest },
      redisCpuPerTaskUs: { farmhand: median(cpu(flow)), peer: peer && median(cpu(peer.flow)) },
      serving: setting.serving ? servingFigures(serving, peer) : null,
    };
  });
}

function contestantsOf({ setting, sides }: { setting: Setting; sides: Sides }): Contestant[] {
  const { payloadBytes } = setting;
  const { peer } = sides;
  const ours = setting.batches.map((batch) => ({
    ...{ batch, flow: [], serving: [] },
    open: () => sides.farmhand({ payloadBytes, batch }),
  }));
  return [
    ...ours,
    ...(peer === null ? [] : [{ batch: null, flow: [], serving: [], open: () => peer({ payloadBytes, batch: 1 }) }]),
  ];
}

async function takeTurn(
  options: { setting: Setting; plan: QueuePlan; redis: BenchRedis; clock: Clock },
  contestant: Contestant,
): Promise<void> {
  const { setting, plan, redis, clock } = options;
  const measure = async (how: (side: QueueSide) => Promise<Stretch>): Promise<Stretch> => {
    await redis.reset(setting.aof);
    const side = await contestant.open();
    try {
      return await how(side);
    } finally {
      await side.close();
    }
  };
  const common = { redis, clock, concurrency: setting.concurrency };
  const flow = await measure((side) => measureFlow({ ...common, side, ms: plan.turnMs }));
  contestant.flow.push(flow);
  if (!setting.serving) return;
  // Taking and ending alone is faster than the whole way, by how much is not known ahead.
  const tasks = Math.max(FEWEST_TASKS, Math.round((flow.tasksPerS * plan.turnMs) / SECOND));
  contestant.serving.push(await measure((side) => measureServing({ ...common, side, tasks })));
}

/** Fewer would be taken in one go. */
const FEWEST_TASKS = 200;

function servingFigures(ours: readonly Stretch[], peer: Contestant | null): ServingFigures {
  return {
    farmhandPerS: median(perS(ours)),
    peerPerS: peer && median(perS(peer.serving)),
    ratio: pairedRatio(perS(ours), perS(peer?.serving ?? []))?.median ?? null,
  };
}

const perS = (stretches: readonly Stretch[]): number[] => stretches.map(({ tasksPerS }) => tasksPerS);
const cpu = (stretches: readonly Stretch[]): number[] => stretches.map(({ redisCpuPerTaskUs }) => redisCpuPerTaskUs);
const median = (values: readonly number[]): number => quantile(values, 0.5);
