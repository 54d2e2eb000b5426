import type { Cluster } from '#autoscaler/scaler/kubernetes/cluster.ts';
import { podFrom } from '#autoscaler/scaler/kubernetes/pod.ts';
import { PassingFailure } from '#autoscaler/scaler/patience.ts';
import type { Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Rng } from '#shared/rng.ts';
import { COST, podObject, SELECTOR, type FakeKubernetes } from './fake-kubernetes.ts';

/** Shares of the requests that meet something. */
const TROUBLE = 0.06;
const DROPS = 0.03;
const SLOWEST_MS = 60;

/**
 * A fake cluster on a clock that the test owns: each request takes its time, one in sixteen is refused (409, 429, 500), is cut,
 * or is carried out without an answer; watches are dropped and expire. The same seed is the same course of things.
 */
export class VirtualCluster implements Cluster {
  readonly #fake: FakeKubernetes;
  readonly #clock: Clock;
  readonly #rng: Rng;
  /** How often each trouble was met. */
  readonly met: Record<string, number> = {};

  constructor(fake: FakeKubernetes, parts: { clock: Clock; rng: Rng }) {
    this.#fake = fake;
    this.#clock = parts.clock;
    this.#rng = parts.rng;
  }

  async scale(): ReturnType<Cluster['scale']> {
    return this.#request(() => ({
      replicas: this.#fake.replicas,
      selector: SELECTOR,
      version: String(this.#fake.scaleVersion),
    }));
  }

  async setReplicas({ replicas, version }: { replicas: number; version: string }): Promise<number> {
    return this.#request(() => {
      if (this.#fake.scaleFrom(version, replicas)) return replicas;
      throw new FarmhandError('CONFLICT', '409: the object has been modified');
    }, conflicts);
  }

  async pods(): ReturnType<Cluster['pods']> {
    return this.#request(() => ({
      pods: [...this.#fake.pods.values()].map((pod) => podFrom(podObject(pod))),
      version: String(this.#fake.version),
    }));
  }

  async setDeletionCost({ pod: name, cost }: { pod: string; cost: number | null }): Promise<void> {
    await this.#request(() => {
      const pod = this.#fake.pods.get(name);
      if (pod !== undefined) this.#fake.annotate(pod, { [COST]: cost === null ? null : String(cost) });
    });
  }

  async watchPods(...[from, { onEvent, signal }]: Parameters<Cluster['watchPods']>): ReturnType<Cluster['watchPods']> {
    await this.#clock.sleep(this.#rng.float() * SLOWEST_MS, signal);
    if (signal.aborted) return 'closed';
    const { promise, resolve } = Promise.withResolvers<'closed' | 'expired'>();
    signal.addEventListener('abort', () => resolve('closed'), { once: true });
    const stop = this.#fake.watch(Number(from.version), {
      event: ({ type, object, version }) =>
        onEvent({ kind: type === 'DELETED' ? 'gone' : 'there', pod: podFrom(object), version: String(version) }),
      end: (expired) => resolve(this.#count(expired ? 'expired' : 'closed')),
    });
    if (stop === null) return this.#count('expired');
    return promise.finally(stop);
  }

  /** What happens to watches from moment to moment. */
  moment(): void {
    if (this.#rng.float() < DROPS) this.#fake.compact();
    if (this.#rng.float() < DROPS) this.#fake.dropWatches({ expired: this.#rng.float() < 0.5 });
  }

  #count<Word extends string>(word: Word): Word {
    this.met[word] = (this.met[word] ?? 0) + 1;
    return word;
  }

  async #request<T>(carryOut: () => T, also: readonly string[] = []): Promise<T> {
    await this.#clock.sleep(this.#rng.float() * SLOWEST_MS);
    const troubles = [...always, ...also];
    const fate = this.#rng.float() < TROUBLE ? troubles[this.#rng.int(troubles.length)]! : 'ok';
    if (fate === 'ok') return carryOut();
    this.#count(fate);
    if (fate === '409') throw new FarmhandError('CONFLICT', '409: the object has been modified');
    if (fate === 'lost') carryOut();
    await this.#clock.sleep(this.#rng.float() * SLOWEST_MS);
    if (fate === '429') throw new PassingFailure('CLUSTER_REFUSED', '429', 1_000 * this.#rng.int(2));
    throw new PassingFailure(fate === '500' ? 'CLUSTER_REFUSED' : 'CLUSTER_UNREACHABLE', fate);
  }
}

const always = ['429', '500', 'cut', 'lost'];
const conflicts = Array<string>(8).fill('409');
