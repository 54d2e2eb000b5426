import type { Redis } from 'ioredis';
import type { FarmKeys } from '#shared/queue/keys.ts';
import type { Workload } from '#shared/workload/workload.ts';

/** What a run emits: a workload's plan, or the files of a folder. */
export type RunSource =
  | { readonly kind: 'workload'; readonly workload: Workload; readonly seed: number }
  | {
      readonly kind: 'folder';
      readonly folder: string;
      /** Relative to the folder, sorted: the list is taken once, so that a restarted emitter goes on in it. */
      readonly files: readonly string[];
      readonly out: string | null;
      readonly deadlineMs: number;
    };

export interface Run {
  readonly id: string;
  readonly source: RunSource;
  readonly total: number;
  readonly phases: readonly { readonly name: string; readonly tasks: number }[];
  /** Redis TIME, ms. */
  readonly startedAt: number;
  readonly stopped: boolean;
}

export interface RunStatus {
  readonly run: string;
  /** Name of the workload, or the folder. */
  readonly workload: string;
  readonly seed: number | null;
  readonly state: 'running' | 'done' | 'stopped';
  /** Name of the phase being emitted, and how many there are. */
  readonly phase: string | null;
  readonly phases: number;
  readonly emitted: number;
  readonly total: number;
  readonly startedAt: number;
}

/** Runs that are remembered, and beside them whatever is not emitted in full; older ones are forgotten, their tasks are not. */
const KEPT = 100;

/** Runs in Redis: they outlive the emitter. */
export class RunStore {
  readonly #redis: Redis;
  readonly #keys: FarmKeys;

  constructor(options: { redis: Redis; keys: FarmKeys }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
  }

  async add(run: Run): Promise<void> {
    const { runs, runOrder, progress } = this.#keys;
    await this.#redis.multi().hset(runs, run.id, JSON.stringify(run)).lpush(runOrder, run.id).exec();
    const old = await this.#redis.lrange(runOrder, KEPT, -1);
    const over = (await Promise.all(old.map((id) => this.#isOver(id)))).flatMap((isOver, i) =>
      isOver ? (old[i] ?? []) : [],
    );
    if (over.length === 0) return;
    const forget = this.#redis.multi();
    for (const id of over) forget.lrem(runOrder, -1, id);
    await forget
      .hdel(runs, ...over)
      .hdel(progress, ...over)
      .exec();
  }

  /** As if it had never been. */
  async remove(id: string): Promise<void> {
    await this.#redis.multi().hdel(this.#keys.runs, id).lrem(this.#keys.runOrder, 1, id).exec();
  }

  async find(id: string): Promise<Run | null> {
    const json = await this.#redis.hget(this.#keys.runs, id);
    return json === null ? null : (JSON.parse(json) as Run);
  }

  async markStopped(run: Run): Promise<void> {
    await this.#redis.hset(this.#keys.runs, run.id, JSON.stringify({ ...run, stopped: true }));
  }

  /** Newest first. */
  async list(): Promise<readonly Run[]> {
    const ids = await this.#redis.lrange(this.#keys.runOrder, 0, -1);
    const runs = await Promise.all(ids.map((id) => this.find(id)));
    return runs.filter((run) => run !== null);
  }

  async status(run: Run): Promise<RunStatus> {
    const emitted = Number((await this.#redis.hget(this.#keys.progress, run.id)) ?? 0);
    const state = emitted >= run.total ? 'done' : run.stopped ? 'stopped' : 'running';
    return {
      run: run.id,
      workload: run.source.kind === 'workload' ? run.source.workload.name : run.source.folder,
      seed: run.source.kind === 'workload' ? run.source.seed : null,
      state,
      phase: state === 'running' ? phaseAt(run, emitted) : null,
      phases: run.phases.length,
      emitted,
      total: run.total,
      startedAt: run.startedAt,
    };
  }

  /** Nobody will ask for it to emit more. */
  async #isOver(id: string): Promise<boolean> {
    const run = await this.find(id);
    return run === null || (await this.status(run)).state !== 'running';
  }
}

/** The phase that task number `emitted` belongs to. */
function phaseAt(run: Run, emitted: number): string | null {
  let end = 0;
  for (const phase of run.phases) {
    end += phase.tasks;
    if (emitted < end) return phase.name;
  }
  return run.phases.at(-1)?.name ?? null;
}
