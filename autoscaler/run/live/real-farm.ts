import { z } from 'zod';
import { SECOND, type Clock } from '#shared/clock.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { RedisFarm } from '#shared/queue/redis-farm.ts';
import type { Workload } from '#shared/workload/workload.ts';
import type { BegunEpisode, FarmLook, LiveFarm } from '../../env/live-farm.ts';
import { Executor } from '../../loop/execute.ts';
import { Health } from '../../loop/health.ts';
import { plan } from '../../loop/plan.ts';
import { prepareWorkers } from '../../loop/prepare.ts';
import { ScaleDown } from '../../loop/scale-down.ts';
import type { EpisodeSettings } from '../../loop/settings.ts';
import { within } from '../../loop/within.ts';
import type { Scaler } from '../../scaler/scaler.ts';
import { withinLimits } from '../../shield/limits.ts';
import { clearFarm, discardRuns, stopRuns, type OthersWork } from './clear-farm.ts';
import type { ByQuartile } from '../../sim/farm/quartiles.ts';
import type { FunctionCalls } from './function-calls.ts';
import { plannedQosByQuartile } from './planned-quartiles.ts';
import { StandingAside } from './standing-aside.ts';

export interface RealFarmParts {
  readonly queue: Pick<RedisFarm, 'observer' | 'backlog' | 'archive' | 'roster'>;
  readonly scaler: Scaler;
  readonly functions: FunctionCalls;
  readonly workload: Workload;
  /** Bounds of the workers and the time that a drain may take; farm.yml's `control` with the workload's over it. */
  readonly settings: EpisodeSettings;
  readonly others: OthersWork;
  /** worker.maxTaskS, in ms. */
  readonly longestTaskMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly newOrder: () => string;
  readonly signal: AbortSignal;
  /** Lets go of what the parts hold, when the farm has been given back. */
  readonly onReleased: () => void;
}

/** A farm that does not answer for so long will not come back by itself. */
const ANSWERS_WITHIN_MS = 30 * SECOND;
const ONE_LOOK_MS = 5 * SECOND;
const LOOK_AGAIN_MS = 0.2 * SECOND;
const FIRST_PHASE_WITHIN_MS = 10 * SECOND;
const FIRST_PHASE_LOOK_MS = 5;
const RELEASED_WITHIN_MS = 10 * SECOND;
const RECORDS_AT_ONCE = 1_000;

const startedRun = z.object({ run: z.string(), total: z.number() });

/** LiveFarm on Redis and an OpenFaaS gateway, scaled by the control loop's own means. */
export class RealFarm implements LiveFarm {
  readonly #parts: RealFarmParts;
  readonly #aside: StandingAside;
  readonly #scaleDown: ScaleDown;
  readonly #executor: Executor;
  readonly #health: Health;
  /** Runs that were started here: what is left of them is ours to discard. */
  readonly #ours = new Set<string>();
  #episode: { readonly run: string; readonly seed: number } | null = null;
  #released: Promise<void> | null = null;

  constructor(parts: RealFarmParts) {
    this.#parts = parts;
    this.#aside = new StandingAside(parts);
    this.#health = new Health(parts);
    this.#scaleDown = new ScaleDown({ ...parts, drain: parts.queue.roster });
    this.#executor = new Executor({ ...parts, scaleDown: this.#scaleDown, health: this.#health });
  }

  async begin({ seed, workers }: { seed: number; workers: number }): Promise<BegunEpisode> {
    const { queue, settings, others, signal, workload, functions } = this.#parts;
    signal.throwIfAborted();
    await this.#executor.callOff();
    await this.#aside.ask(signal);
    await stopRuns(this.#parts, [...this.#ours].slice(-1));
    await clearFarm({ ...this.#parts, ...queue }, { ours: this.#ours, others });
    const { granted, ready, limit } = await prepareWorkers(
      { ...this.#parts, scaleDown: this.#scaleDown },
      { ...settings, initialWorkers: workers },
    );
    signal.throwIfAborted();
    if (granted !== Math.min(workers, limit ?? workers) || ready < granted) {
      throw new FarmhandError(
        'START_FAILED',
        `the episode wants ${workers} workers; the platform runs ${granted}, of which ${ready} are ready`,
      );
    }
    const baseline = (await queue.observer.read(0)).totals;
    const body = { workload, seed };
    const { run, total } = await functions.call('emitter', '/runs', startedRun, { method: 'POST', body });
    this.#ours.add(run);
    this.#episode = { run, seed };
    await this.#untilEmitting({ before: baseline.emitted, total });
    return { tasks: total, baseline };
  }

  async look(windowMs: number): Promise<FarmLook> {
    const { clock, signal } = this.#parts;
    const deadlineMs = clock.monotonic() + ANSWERS_WITHIN_MS;
    for (;;) {
      try {
        return await this.#lookOnce(windowMs);
      } catch (thrown) {
        this.#health.ill('queue', coerceError(thrown));
        if (clock.monotonic() >= deadlineMs) throw thrown;
      }
      await clock.sleep(LOOK_AGAIN_MS, signal);
      signal.throwIfAborted();
    }
  }

  async scale({ replicas, from }: { replicas: number; from: number }): Promise<number | null> {
    const { settings, scaler } = this.#parts;
    const limit = await scaler.read().then(
      (reading) => reading.limit,
      () => null,
    );
    // The action set has its own steps.
    const bounds = { ...settings, maxScalingStep: Infinity };
    const { draining } = this.#executor;
    const planned = plan(withinLimits(replicas, { workers: from, bounds, limit, draining }).replicas, from);
    if (planned.kind === 'hold') return from;
    const timeoutMs = settings.drainTimeoutS * SECOND;
    const effect =
      planned.kind === 'up'
        ? await this.#executor.up({ replicas: planned.replicas, from })
        : await this.#executor.down({ replicas: planned.replicas, from, timeoutMs });
    return effect.granted;
  }

  async qosByQuartile(emitted: number): Promise<ByQuartile | null> {
    const { workload, clock, log } = this.#parts;
    if (this.#episode === null) return null;
    const { run, seed } = this.#episode;
    try {
      const timely = await within(this.#collectedInTime(run), { clock, timeoutMs: ANSWERS_WITHIN_MS });
      return timely.kind === 'late'
        ? null
        : plannedQosByQuartile({ run, workload, seed, emitted, inTime: timely.value });
    } catch (thrown) {
      log.warn({ error: coerceError(thrown).message, run }, "the episode's records could not be read");
      return null;
    }
  }

  async release(): Promise<void> {
    this.#released ??= this.#release();
    await this.#released;
  }

  async #release(): Promise<void> {
    const { clock, log, onReleased } = this.#parts;
    const timely = await within(this.#giveBack(), { clock, timeoutMs: RELEASED_WITHIN_MS });
    if (timely.kind === 'late') log.warn({}, 'the farm does not answer: it was not given back in order');
    onReleased();
  }

  async #giveBack(): Promise<void> {
    const last = [...this.#ours].slice(-1);
    const attempts = [
      () => this.#executor.callOff(),
      () => stopRuns(this.#parts, last),
      () => discardRuns(this.#parts.queue, last),
      () => this.#aside.end(),
    ];
    // Each by itself: an emitter that is gone is no reason to leave the autoscaler paused.
    for (const attempt of attempts) {
      try {
        await attempt();
      } catch (thrown) {
        this.#parts.log.warn({ error: coerceError(thrown).message }, 'the farm was not given back in order');
      }
    }
  }

  async #lookOnce(windowMs: number): Promise<FarmLook> {
    const { queue, scaler, clock } = this.#parts;
    const askedMs = clock.monotonic();
    const looking = Promise.all([queue.observer.read(windowMs), scaler.read()]);
    const timely = await within(looking, { clock, timeoutMs: ONE_LOOK_MS });
    if (timely.kind === 'late') {
      throw new FarmhandError('REDIS_UNREACHABLE', `the farm could not be read within ${ONE_LOOK_MS} ms`);
    }
    this.#health.well('queue');
    const [reading, replicas] = timely.value;
    return { reading, replicas, ageMs: clock.monotonic() - askedMs };
  }

  async #collectedInTime(run: string): Promise<ReadonlySet<string>> {
    const inTime = new Set<string>();
    for (let offset = 0; ;) {
      const { records } = await this.#parts.queue.archive.records({ run, offset, limit: RECORDS_AT_ONCE });
      if (records.length === 0) return inTime;
      for (const { id, metDeadline } of records) if (metDeadline) inTime.add(id);
      offset += records.length;
    }
  }

  /** The emitter takes the first phase at once where it is alive; from then on observation 0 counts the phases left. */
  async #untilEmitting({ before, total }: { before: number; total: number }): Promise<void> {
    const { queue, clock, signal } = this.#parts;
    const deadlineMs = clock.monotonic() + FIRST_PHASE_WITHIN_MS;
    for (;;) {
      const { emitting, totals } = await queue.observer.read(0);
      if (emitting > 0 || totals.emitted - before >= total) return;
      if (clock.monotonic() >= deadlineMs) {
        throw new FarmhandError(
          'START_FAILED',
          "the emitter took no phase of the workload; see 'farmhand logs emitter'",
        );
      }
      await clock.sleep(FIRST_PHASE_LOOK_MS, signal);
      signal.throwIfAborted();
    }
  }
}
