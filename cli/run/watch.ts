import { SECOND, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { AutoscalerClient } from '../farm/autoscaler.ts';
import type { CollectorClient, FarmTotals } from '../farm/collector.ts';
import type { EmitterClient } from '../farm/emitter.ts';
import type { Output } from '../output.ts';
import { progressLine, renderProgress, type RunProgress } from './progress.ts';
import { StallDetector } from './stall.ts';

/** The functions that a run is watched through. */
export interface FarmView {
  readonly emitter: Pick<EmitterClient, 'run'>;
  readonly collector: Pick<CollectorClient, 'totals' | 'results' | 'deadLetters'>;
  readonly autoscaler: Pick<AutoscalerClient, 'status'>;
}

export interface WatchOptions {
  readonly run: string;
  readonly title: string;
  /** The farm's counters before the run. */
  readonly before: FarmTotals;
  /** Monotonic ms at which the run started. */
  readonly startedAt: number;
  /** Time without any movement after which a run is given up. */
  readonly patienceS: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly output: Output;
  readonly isUp: () => boolean;
}

const LOOK_EVERY_MS = 0.5 * SECOND;
/** Between two plain lines where nothing can be redrawn. */
const LINE_EVERY_MS = 5 * SECOND;
/** A remark comes this long before the run is given up, and as often again. */
const REMARK_AFTER_S = 30;

/** `stalled`: nothing moved for as long as the watcher was patient; `because` says what is stuck. */
export type WatchEnd =
  { readonly kind: 'done' | 'interrupted' } | { readonly kind: 'stalled'; readonly because: string };

/**
 * Shows a run until each of its tasks has ended, or `signal` aborts. The farm may be away for a while (Redis restarts): that
 * is remarked and waited out.
 * @throws FARM_DOWN when it went for good; what it answered last, when it has not answered well for `patienceS`
 */
export async function watchRun(farm: FarmView, options: WatchOptions): Promise<WatchEnd> {
  const { clock, signal, output, startedAt } = options;
  const elapsedS = (): number => (clock.monotonic() - startedAt) / SECOND;
  const stall = new StallDetector({ patienceS: REMARK_AFTER_S });
  let lineAt = -Infinity;
  let remarkAtS = 0;
  let awaySinceS: number | null = null;
  while (!signal.aborted) {
    try {
      const { progress, over } = await look(farm, { ...options, elapsedS: elapsedS() });
      if (awaySinceS !== null) output.remark(`the farm answers again after ${Math.round(elapsedS() - awaySinceS)} s`);
      awaySinceS = null;
      if (output.live.isTerminal) output.live.draw(renderProgress(options.title, progress));
      else if (over || clock.monotonic() - lineAt >= LINE_EVERY_MS) {
        lineAt = clock.monotonic();
        output.say(progressLine(progress));
      }
      if (over) return { kind: 'done' };
      const standstill = stall.look(progress);
      if (standstill === null) remarkAtS = 0;
      else if (standstill.quietS >= options.patienceS) return { kind: 'stalled', because: standstill.sentence };
      else if (standstill.quietS >= remarkAtS) {
        output.remark(standstill.sentence);
        remarkAtS = standstill.quietS + REMARK_AFTER_S;
      }
    } catch (thrown) {
      if (!(thrown instanceof FarmhandError)) throw thrown;
      if (!options.isUp()) throw new FarmhandError('FARM_DOWN', 'the farm went down during the run', { cause: thrown });
      if (awaySinceS === null) output.remark(`${thrown.message}; waiting for the farm to come back`);
      awaySinceS ??= elapsedS();
      if (elapsedS() - awaySinceS >= options.patienceS) throw thrown;
    }
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
  return { kind: 'interrupted' };
}

/**
 * The farm's counters tell how far the run is while it has the farm to itself. Whether it is over is asked of its own ids:
 * somebody else's tasks may be among those counted.
 */
async function look(
  farm: FarmView,
  { run, before, elapsedS }: { run: string; before: FarmTotals; elapsedS: number },
): Promise<{ progress: RunProgress; over: boolean }> {
  const [emission, status, totals] = await Promise.all([
    farm.emitter.run(run),
    farm.autoscaler.status(),
    farm.collector.totals(),
  ]);
  const progress: RunProgress = {
    elapsedS,
    phase: emission.phase,
    emitted: emission.emitted,
    total: emission.total,
    waiting: status.queue?.waiting ?? 0,
    inFlight: status.queue?.inFlight ?? 0,
    completed: totals.collected - before.collected,
    dead: totals.dead - before.dead,
    workers: { desired: status.workers?.desired ?? 0, ready: status.workers?.ready ?? 0 },
    arrivalRate: status.observation?.arrivalRate ?? null,
    qos: status.observation?.qosRate ?? null,
  };
  const mayBeOver = emission.state !== 'running' && progress.completed + progress.dead >= emission.emitted;
  return { progress, over: mayBeOver && (await countEndings(farm, run)) >= emission.emitted };
}

async function countEndings({ collector }: FarmView, run: string): Promise<number> {
  const { total: records } = await collector.results({ run, limit: 1 });
  const { total: letters } = await collector.deadLetters({ run, limit: 1 });
  return records + letters;
}
