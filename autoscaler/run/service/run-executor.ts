import { SECOND, type Clock } from '#shared/clock.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { ModelStore } from '../../model-store/model-store.ts';
import { runInThreads } from '../parallel/pool.ts';
import { ReportsOnTheWay } from './reports-on-the-way.ts';
import type { RunDesk, RunEnd } from './run-desk.ts';
import type { JobOutcome, JobReport, RunJob } from './run-job.ts';
import type { RunStore } from './run-store.ts';
import { modelsOf, type RunWork } from './run-work.ts';

export interface RunExecutorParts {
  readonly desk: RunDesk;
  readonly store: Pick<RunStore, 'work'>;
  readonly models: Pick<ModelStore, 'get' | 'put'>;
  /** What of a job does not depend on the run. */
  readonly jobFor: (run: string) => Omit<RunJob, 'run' | 'work' | 'models'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Renews the lease, and looks for work that another process has taken in. */
const TURN_EVERY_MS = 2 * SECOND;
/** A run whose process died so often is not tried again: it may be what kills it. */
const MOST_ATTEMPTS = 3;
/** Of JavaScript's memory: a training that runs out of it fails, and the function lives on. */
const THREAD_MEMORY_MB = 384;

type Reason = 'cancelled' | 'stopping' | 'lost';

/**
 * Does a farm's runs, one after the other, in a worker thread. Of several autoscalers one does them: the one that holds the
 * lease. What a process left behind when it died goes on with the next one: a training from its checkpoint, anything else
 * from the start.
 *
 *     following ⇄ holding: idle ⇄ at work;  any ─▶ stopped
 */
export class RunExecutor {
  readonly #parts: RunExecutorParts;
  readonly #stopping = new AbortController();
  #wake = new AbortController();
  #turns: Promise<void> | null = null;
  #work: { readonly run: string; readonly stop: AbortController; readonly done: Promise<void> } | null = null;

  constructor(parts: RunExecutorParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#turns ??= this.#run();
  }

  /** There is something to be looked at: a run that waits, or one that is to be cancelled. */
  wake(): void {
    this.#wake.abort();
  }

  /** Puts the run in hand back into the queue, with its checkpoint, and gives the lease up. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#stopWork('stopping');
    this.wake();
    await this.#turns;
    await this.#work?.done;
    await this.#parts.desk.giveUp();
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#parts;
    while (!this.#stopping.signal.aborted) {
      const woken = new AbortController();
      this.#wake = woken;
      try {
        await this.#turn();
      } catch (thrown) {
        log.warn({ error: coerceError(thrown).message }, 'runs could not be looked for; tries again');
      }
      await clock.sleep(TURN_EVERY_MS, woken.signal);
    }
  }

  async #turn(): Promise<void> {
    const { desk } = this.#parts;
    const held = await desk.hold();
    const work = this.#work;
    if (!held) {
      this.#stopWork('lost');
      return;
    }
    if (work !== null) {
      if (await desk.isCancelled(work.run)) this.#stopWork('cancelled');
      return;
    }
    const run = await desk.take();
    if (run !== null && !this.#stopping.signal.aborted) this.#begin(run);
  }

  #begin(run: string): void {
    const stop = new AbortController();
    const done = this.#do(run, stop.signal).then(() => {
      this.#work = null;
      this.wake();
    });
    this.#work = { run, stop, done };
  }

  #stopWork(reason: Reason): void {
    this.#work?.stop.abort(reason);
  }

  async #do(run: string, signal: AbortSignal): Promise<void> {
    const { desk, log } = this.#parts;
    try {
      const end = await this.#outcome(run, signal);
      if (end === null) return;
      await desk.end(run, end);
      log.info({ run, state: end.state }, `run ${run}: ${end.state}`);
    } catch (thrown) {
      // It is another process's by now, or Redis is away: whoever holds the lease next finds it as it is.
      log.warn({ run, error: coerceError(thrown).message }, `run ${run}: its end could not be written`);
    }
  }

  /** Null: it is not over, and this process has let it go. */
  async #outcome(run: string, signal: AbortSignal): Promise<RunEnd | null> {
    const { desk, log } = this.#parts;
    try {
      const attempts = await desk.begin(run);
      if (await desk.isCancelled(run)) return { state: 'cancelled' };
      if (attempts > MOST_ATTEMPTS) {
        const message = `its process died ${MOST_ATTEMPTS} times while it ran; see the function's log`;
        return { state: 'failed', error: { code: 'START_FAILED', message } };
      }
      log.info({ run, attempts }, `run ${run} begins`);
      const outcome = await this.#inThread(run, signal);
      if (outcome.kind !== 'interrupted') return { state: 'done', result: await this.#resultOf(outcome) };
    } catch (thrown) {
      if (!signal.aborted) return this.#failure(run, coerceError(thrown));
    }
    return this.#letGo(run, signal.reason as Reason);
  }

  async #letGo(run: string, reason: Reason): Promise<RunEnd | null> {
    if (reason === 'cancelled') return { state: 'cancelled' };
    if (reason === 'stopping') await this.#parts.desk.release(run);
    return null;
  }

  #failure(run: string, error: Error): RunEnd {
    if (error instanceof FarmhandError) {
      return { state: 'failed', error: { code: error.code, message: error.message } };
    }
    this.#parts.log.error({ run, error }, `run ${run} met a defect`);
    return {
      state: 'failed',
      error: { code: 'INTERNAL', message: `a defect in Farmhand; the log has it under ${run}` },
    };
  }

  async #inThread(run: string, signal: AbortSignal): Promise<JobOutcome> {
    const { store, jobFor } = this.#parts;
    const work = await store.work(run);
    const job: RunJob = { ...jobFor(run), run, work, models: await this.#modelsOf(work) };
    const reports = new ReportsOnTheWay(this.#parts, run);
    try {
      const [outcome] = await runInThreads<JobOutcome>([job], {
        module: new URL('./run-thread.ts', import.meta.url),
        threads: 1,
        signal,
        memoryMb: THREAD_MEMORY_MB,
        onProgress(report) {
          reports.add(report as JobReport);
        },
      });
      if (outcome === undefined) throw new Error('the thread ended without an outcome');
      return outcome;
    } finally {
      // A run's end is the last that is told of it, a failed one's as well.
      await reports.end();
    }
  }

  async #modelsOf(work: RunWork): Promise<Record<string, Uint8Array>> {
    const files: Record<string, Uint8Array> = {};
    for (const [name, id] of Object.entries(modelsOf(work))) files[name] = (await this.#parts.models.get(id)).bytes;
    return files;
  }

  async #resultOf(outcome: Exclude<JobOutcome, { kind: 'interrupted' }>): Promise<object> {
    if (outcome.kind === 'played') return outcome.result;
    const { model, episodes, seconds, agentSeed, check, final } = outcome;
    const { id, name, version } = await this.#parts.models.put(model);
    return { model: id, name, version, episodes, seconds, agentSeed, check, final };
  }
}
