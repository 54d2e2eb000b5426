import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { SECOND, type Clock } from '#shared/clock.ts';
import type { FarmConfig, Secrets } from '#shared/config.ts';
import type { Logger } from '#shared/log.ts';
import type { Rng } from '#shared/rng.ts';
import type { ModelStore } from '../../model-store/model-store.ts';
import { codeRevision } from '../record/provenance.ts';
import { RunDesk } from './run-desk.ts';
import { RunExecutor } from './run-executor.ts';
import { episodesOf } from './run-job.ts';
import { runKeys } from './run-keys.ts';
import type { CurvePoint, RunEvent, RunRecord } from './run-record.ts';
import type { RunRequest } from './run-requests.ts';
import { RunStore } from './run-store.ts';
import { RunWatch } from './run-watch.ts';
import { workOf, type ThisFarm } from './run-work.ts';

/** A run with its curve, which is empty for what is no training. */
export interface RunDetail extends RunRecord {
  readonly points: readonly CurvePoint[];
}

/** Long work that is asked for, looked at and cancelled; somebody else waits for it. */
export interface RunService {
  /** Puts it into the queue. @throws FIELD_INVALID that names the field; TOO_MANY_REQUESTS where too many wait */
  start(asked: RunRequest): Promise<RunRecord>;
  /** Newest first. */
  list(): Promise<readonly RunRecord[]>;
  /** @throws NOT_FOUND */
  get(id: string): Promise<RunDetail>;
  /** Ends it, or asks for its end: it ends after the episode in play. Idempotent. @throws NOT_FOUND; CONFLICT where it is done or failed */
  cancel(id: string): Promise<RunRecord>;
  /** Events after `after`, the oldest first; null: from the first one that is kept. */
  events(id: string, after: string | null): Promise<readonly RunEvent[]>;
  /** Told of each change of a run, whichever process makes it. Returns what ends it. */
  subscribe(listener: (run: RunRecord) => void): () => void;
  /** Puts the run in hand back into the queue, with its checkpoint. Idempotent. */
  stop(): Promise<void>;
}

export interface RunServiceParts {
  readonly redis: Redis;
  readonly config: FarmConfig;
  readonly secrets: Secrets;
  /** Unique to this process. */
  readonly instance: string;
  /** Stored models over shipped ones. */
  readonly models: Pick<ModelStore, 'get' | 'put'>;
  readonly modelsFolder: string;
  readonly thisFarm: ThisFarm;
  readonly rng: Rng;
  readonly clock: Clock;
  readonly log: Logger;
  /** Time between two checkpoints of a training, ms: a crash costs at most so much. Default: 10 s. */
  readonly checkpointEveryMs?: number;
  /** How long after its death a process's run goes on with another, ms. Default: 15 s. */
  readonly leaseTtlMs?: number;
}

const CHECKPOINT_EVERY_MS = 10 * SECOND;
const LEASE_TTL_MS = 15 * SECOND;

/** Runs in a farm's Redis, done one after the other in a worker thread of one of its autoscalers. */
export function openRunService(parts: RunServiceParts): RunService {
  return new FarmRuns(parts);
}

class FarmRuns implements RunService {
  readonly #parts: RunServiceParts;
  readonly #store: RunStore;
  readonly #executor: RunExecutor;
  readonly #watch: RunWatch;
  #stopping: Promise<void> | null = null;

  constructor(parts: RunServiceParts) {
    const { redis, config, secrets, instance, modelsFolder, checkpointEveryMs, leaseTtlMs } = parts;
    const keys = runKeys(config.farm);
    this.#parts = parts;
    this.#store = new RunStore({ redis, keys });
    this.#watch = new RunWatch({ ...parts, store: this.#store });
    const common = {
      ...{ config, secrets, modelsFolder, holder: instance, revision: codeRevision(import.meta.dirname) },
      checkpointEveryMs: checkpointEveryMs ?? CHECKPOINT_EVERY_MS,
    };
    this.#executor = new RunExecutor({
      ...parts,
      desk: new RunDesk({ redis, keys, holder: instance, leaseTtlMs: leaseTtlMs ?? LEASE_TTL_MS }),
      store: this.#store,
      jobFor: (run) => ({ ...common, folder: join(tmpdir(), `farmhand-${config.farm}-${run}`) }),
    });
    this.#executor.start();
  }

  async start(asked: RunRequest): Promise<RunRecord> {
    const { kind, request } = asked;
    const work = await workOf(asked, this.#parts);
    const id = `${kind}-${this.#parts.rng
      .int(36 ** 8)
      .toString(36)
      .padStart(8, '0')}`;
    await this.#store.add({ id, kind, request, work, total: episodesOf(work) });
    this.#executor.wake();
    return this.#store.get(id);
  }

  list(): Promise<readonly RunRecord[]> {
    return this.#store.list();
  }

  async get(id: string): Promise<RunDetail> {
    return { ...(await this.#store.get(id)), points: await this.#store.curve(id) };
  }

  async cancel(id: string): Promise<RunRecord> {
    await this.#store.cancel(id);
    this.#executor.wake();
    return this.#store.get(id);
  }

  events(id: string, after: string | null): Promise<readonly RunEvent[]> {
    return this.#store.events(id, after);
  }

  subscribe(listener: (run: RunRecord) => void): () => void {
    return this.#watch.subscribe(listener);
  }

  stop(): Promise<void> {
    this.#stopping ??= Promise.all([this.#executor.stop(), this.#watch.stop()]).then(() => undefined);
    return this.#stopping;
  }
}
