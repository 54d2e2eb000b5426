import type { Clock } from '#shared/clock.ts';
import type { Ack, AckState, Drain, Member } from '#shared/queue/roster.ts';
import type { Rng } from '#shared/rng.ts';
import type { FakeKubernetes, FakePod } from './fake-kubernetes.ts';

interface Worker {
  readonly id: string;
  readonly pod: string;
  readonly startedAt: number;
  busy: boolean;
  order: string | null;
  told: boolean;
}

/** How much happens at each moment, as shares of the moments. */
export interface Pace {
  /** A worker without work takes a task, one with work ends it. */
  readonly takes: number;
  readonly ends: number;
  /** A pod's container starts; a probe is made; a probe fails although the worker is well. */
  readonly starts: number;
  readonly probes: number;
  readonly flakes: number;
  /** The controller acts. */
  readonly reconciles: number;
}

const usual: Pace = { takes: 0.4, ends: 0.3, starts: 0.3, probes: 0.3, flakes: 0.03, reconciles: 0.4 };

/**
 * The workers in a fake cluster's pods: they work as soon as their container runs, whatever their probe says, take nothing while
 * they stand under an order, and say `drained` when their task is done. With `moment` called again and again, anything that can
 * happen beside a scale-down happens.
 */
export class KubernetesWorkers {
  readonly #cluster: FakeKubernetes;
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #workers = new Map<string, Worker>();
  readonly #acks: Ack[] = [];
  #waiting: (() => void) | null = null;
  pace = usual;
  /** Pods that were chosen to go while their worker had work. */
  readonly interrupted: string[] = [];
  chosen = 0;

  constructor(cluster: FakeKubernetes, parts: { clock: Clock; rng: Rng }) {
    this.#cluster = cluster;
    this.#clock = parts.clock;
    this.#rng = parts.rng;
    cluster.onChosen = (pod) => this.#chosen(pod);
  }

  get busy(): number {
    return [...this.#workers.values()].filter(({ busy }) => busy).length;
  }

  moment(): void {
    for (const pod of this.#cluster.pods.values()) {
      if (pod.leaving) continue;
      const worker = this.#workers.get(pod.name);
      if (worker === undefined) this.#start(pod);
      else {
        this.#work(worker);
        this.#probe(pod, worker);
      }
    }
    if (this.#maybe(this.pace.reconciles)) this.#cluster.reconcile();
  }

  readonly drain: Drain = {
    members: async () => [...this.#workers.values()].map((worker) => this.#member(worker)),
    request: async ({ order, count }) => {
      const free = [...this.#workers.values()].filter((worker) => worker.order === null);
      const named = free.sort((a, b) => Number(a.busy) - Number(b.busy)).slice(0, count);
      for (const worker of named) worker.order = order;
      return named.map(({ id }) => id);
    },
    nextAck: async (order, timeoutMs) => {
      const next = (): Ack | null => {
        const at = this.#acks.findIndex((ack) => ack.order === order);
        return at < 0 ? null : this.#acks.splice(at, 1)[0]!;
      };
      const there = next();
      if (there !== null) return there;
      const told = new AbortController();
      this.#waiting = () => told.abort();
      await this.#clock.sleep(timeoutMs, told.signal);
      return next();
    },
    withdraw: async (order, members) => {
      const freed = [...this.#workers.values()].filter((w) => w.order === order && (members?.includes(w.id) ?? true));
      for (const worker of freed) {
        worker.order = null;
        worker.told = false;
        this.#tell(order, worker.id, 'resumed');
      }
      return freed.length;
    },
  };

  #start(pod: FakePod): void {
    if (pod.phase === 'Pending') {
      if (this.#maybe(this.pace.starts)) this.#cluster.report(pod, { phase: 'Running' });
      return;
    }
    const id = `worker-${pod.name}-a1b2c3`;
    const begun = { busy: false, order: null, told: false };
    this.#workers.set(pod.name, { id, pod: pod.name, startedAt: pod.created, ...begun });
  }

  #work(worker: Worker): void {
    if (worker.busy) worker.busy = !this.#maybe(this.pace.ends);
    else if (worker.order === null) worker.busy = this.#maybe(this.pace.takes);
    if (worker.order === null || worker.busy || worker.told) return;
    worker.told = true;
    this.#tell(worker.order, worker.id, 'drained');
  }

  /** /_/ready: 503 while it stands under an order. */
  #probe(pod: FakePod, worker: Worker): void {
    if (this.#maybe(this.pace.flakes)) this.#cluster.report(pod, { ready: false });
    else if (this.#maybe(this.pace.probes)) this.#cluster.report(pod, { ready: worker.order === null });
  }

  #chosen(pod: FakePod): void {
    const worker = this.#workers.get(pod.name);
    this.#workers.delete(pod.name);
    this.chosen += 1;
    if (worker?.busy === true) this.interrupted.push(worker.id);
  }

  #tell(order: string, member: string, state: AckState): void {
    this.#acks.push({ order, member, state, at: this.#clock.farmTime() });
    this.#waiting?.();
  }

  #member({ id, startedAt, busy, order }: Worker): Member {
    const standing = order === null ? null : { id: order, type: 'scale-down' as const, untilMs: Infinity, ack: null };
    return { id, role: 'worker', startedAt, seenAt: startedAt, order: standing, holding: Number(busy) };
  }

  #maybe(share: number): boolean {
    return this.#rng.float() < share;
  }
}
