import type { Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { QueueReading } from '#shared/queue/observe.ts';
import type { Ack, AckState, Drain, Member } from '#shared/queue/roster.ts';
import type { Grant, ScaleReading, Scaler } from '#autoscaler/scaler/scaler.ts';
import { reading } from './sightings.ts';

type Mood = 'well' | 'failing' | 'silent';

/** How long a worker takes from SYN to `drained`; null: it never answers. */
export interface MemoryWorker {
  readonly id: string;
  drainMs: number | null;
  order: string | null;
  drained: boolean;
}

/**
 * Queue, roster and platform of a farm in memory, with the semantics of the real ones, on a clock that the test owns.
 * The platform removes drained workers first, as the local gateway does.
 */
export class MemoryFarm {
  readonly #clock: Clock;
  readonly workers: MemoryWorker[] = [];
  /** Replicas that the platform was asked for, in order. */
  readonly applied: number[] = [];
  /** Orders that were withdrawn, a line for each call: `order: members`. */
  readonly withdrawals: string[] = [];
  queueMood: Mood = 'well';
  gatewayMood: Mood = 'well';
  /** Only applying fails. */
  applyFails = false;
  applyTakesMs = 0;
  cap: number | null = null;
  /** Null: all are ready. */
  ready: number | null = null;
  /** Replicas whose worker process does not live. */
  lifeless = 0;
  emitted = 0;
  waiting = 0;
  inFlight = 0;
  window: Partial<QueueReading['window']> = {};
  reads = 0;
  /** Drain time of workers that are started from now on, ms. */
  newDrainMs: number | null = 100;
  readonly #acks = new Map<string, Ack[]>();
  readonly #listeners = new Map<string, () => void>();
  #born = 0;

  constructor(clock: Clock, workers: number) {
    this.#clock = clock;
    this.#resize(workers);
  }

  get replicas(): number {
    return this.workers.length + this.lifeless;
  }

  readonly queue = {
    read: async (): Promise<QueueReading> => {
      this.reads += 1;
      await this.#feel(() => this.queueMood, new FarmhandError('REDIS_UNREACHABLE', 'Redis does not answer'));
      const { waiting, inFlight, window } = this;
      return reading({ at: this.#clock.farmTime(), waiting, inFlight, window, totals: { emitted: this.emitted } });
    },
  };

  readonly scaler: Scaler = {
    read: async (): Promise<ScaleReading> => {
      await this.#feel(() => this.gatewayMood, new FarmhandError('GATEWAY_UNREACHABLE', 'the gateway does not answer'));
      const granted = this.replicas;
      const limit = this.cap !== null && this.applied.some((replicas) => replicas > this.cap!) ? this.cap : null;
      return { desired: granted, granted, ready: this.ready ?? granted, active: granted, parked: 0, limit };
    },
    apply: async ({ replicas }): Promise<Grant> => {
      await this.#feel(() => this.gatewayMood, new FarmhandError('GATEWAY_UNREACHABLE', 'the gateway does not answer'));
      if (this.applyTakesMs > 0) await this.#clock.sleep(this.applyTakesMs);
      if (this.applyFails) throw new FarmhandError('GATEWAY_REFUSED', 'the gateway answered 500');
      this.applied.push(replicas);
      const granted = Math.min(replicas, this.cap ?? replicas);
      this.lifeless = Math.min(this.lifeless, granted);
      this.#resize(granted - this.lifeless);
      return { requested: replicas, granted };
    },
  };

  readonly drain: Drain = {
    members: async () => this.workers.map((worker) => this.#member(worker)),
    request: async ({ order, count }) => {
      const chosen = this.workers.filter((worker) => worker.order === null).slice(-count);
      for (const worker of chosen) {
        worker.order = order;
        void this.#obey(worker, order);
      }
      return chosen.map(({ id }) => id);
    },
    nextAck: async (order, timeoutMs) => {
      const waiting = new AbortController();
      this.#listeners.set(order, () => waiting.abort());
      if (this.#acks.get(order)?.length) waiting.abort();
      await this.#clock.sleep(timeoutMs, waiting.signal);
      this.#listeners.delete(order);
      return this.#acks.get(order)?.shift() ?? null;
    },
    withdraw: async (order, members) => {
      const freed = this.workers.filter((w) => w.order === order && (members?.includes(w.id) ?? true));
      this.withdrawals.push(`${order}: ${freed.map(({ id }) => id).join(' ')}`);
      for (const worker of freed) {
        worker.order = null;
        worker.drained = false;
        this.acknowledge(order, worker.id, 'resumed');
      }
      return freed.length;
    },
  };

  acknowledge(order: string, member: string, state: AckState): void {
    const acks = this.#acks.get(order) ?? [];
    acks.push({ order, member, state, at: this.#clock.farmTime() });
    this.#acks.set(order, acks);
    this.#listeners.get(order)?.();
  }

  /** Ids of workers that stand under an order. */
  get ordered(): string[] {
    return this.workers.filter(({ order }) => order !== null).map(({ id }) => id);
  }

  async #obey(worker: MemoryWorker, order: string): Promise<void> {
    if (worker.drainMs === null) return;
    await this.#clock.sleep(worker.drainMs);
    if (worker.order !== order) return;
    worker.drained = true;
    this.acknowledge(order, worker.id, 'drained');
  }

  #resize(workers: number): void {
    while (this.workers.length < workers) {
      this.workers.push({ id: `w${(this.#born += 1)}`, drainMs: this.newDrainMs, order: null, drained: false });
    }
    while (this.workers.length > workers) {
      const drained = this.workers.findIndex((worker) => worker.drained);
      this.workers.splice(drained >= 0 ? drained : this.workers.length - 1, 1);
    }
  }

  #member(worker: MemoryWorker): Member {
    return { id: worker.id, role: 'worker', startedAt: 0, seenAt: 0, order: null, holding: 0 };
  }

  /** Well: at once. Failing: throws. Silent: answers once it is well again, as a client that queues its commands does. */
  async #feel(mood: () => Mood, failure: Error): Promise<void> {
    while (mood() === 'silent') await this.#clock.sleep(50);
    if (mood() === 'failing') throw failure;
  }
}
