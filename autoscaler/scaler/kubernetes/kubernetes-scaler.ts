import { SECOND, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import { Deadline, StepTime } from '../patience.ts';
import type { Grant, ScaleReading, Scaler, ScaleTarget } from '../scaler.ts';
import type { Cluster, DeploymentScale } from './cluster.ts';
import { followPods } from './follow-pods.ts';
import { isActive, runsIn, type Pod } from './pod.ts';
import { removable } from './removable.ts';

export interface KubernetesScalerParts {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly stepTime?: StepTime;
}

/** Of a drained worker's pod; pods that nobody has marked cost 0. */
const DRAINED_COST = -1000;

/**
 * A drained pod goes first for sure when its readiness probe has failed, which takes a period of the probe. This long is waited
 * for that; then a pod that is still called ready is given up only where every other one is, too.
 */
const SHOWS_WITHIN_MS = 5 * SECOND;

/** A scale-down has this much in all, however short the step: it runs beside the loop, and its workers wait drained for 10 s. */
const LOWER_WITHIN_MS = 8 * SECOND;

/**
 * Scales a plain Deployment. Going down, the drained workers' pods are marked as the cheapest to delete, and the replicas are
 * lowered by as many as will surely be those, never by more: a pod with work is not chosen.
 */
export class KubernetesScaler implements Scaler {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #stepTime: StepTime;
  #last: Grant | null = null;

  constructor({ cluster, clock, stepTime = new StepTime() }: KubernetesScalerParts) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#stepTime = stepTime;
  }

  async read(): Promise<ScaleReading> {
    const deadline = new Deadline(this.#clock, this.#stepTime.readMs);
    const { replicas, selector } = await this.#scale(deadline);
    const there = (await this.#pods(selector, deadline)).filter(({ phase }) => phase !== 'Ended');
    return {
      // Another number than the one granted to us means that somebody else has asked since.
      desired: this.#last?.granted === replicas ? this.#last.requested : replicas,
      granted: replicas,
      ready: there.filter(({ ready, leaving }) => ready && !leaving).length,
      active: Math.max(replicas, there.length),
      parked: 0,
      limit: null,
    };
  }

  async apply({ replicas, drained }: ScaleTarget): Promise<Grant> {
    const deadline = new Deadline(this.#clock, drained === undefined ? this.#stepTime.applyMs : LOWER_WITHIN_MS);
    const granted =
      drained === undefined
        ? await this.#change(deadline, () => replicas)
        : await this.#lower({ replicas, drained }, deadline);
    this.#last = { requested: replicas, granted };
    return this.#last;
  }

  /** To `replicas` at the fewest, and never up. Returns what stands. */
  async #lower({ replicas, drained }: Required<ScaleTarget>, deadline: Deadline): Promise<number> {
    const { selector } = await this.#scale(deadline);
    const going = await this.#mark(selector, drained, deadline);
    const shows = new Deadline(this.#clock, Math.min(SHOWS_WITHIN_MS, deadline.leftMs));
    const settled = (pods: readonly Pod[]): boolean => pods.every(({ name, ready }) => !going.has(name) || !ready);
    await followPods(this.#cluster, selector, { settled, deadline: shows });
    const granted = await this.#change(deadline, async (scale) => {
      const pods = (await this.#pods(selector, deadline)).filter(isActive);
      // Replicas that have no pod yet get one any moment, and it may have work before its probe succeeds.
      const fewest = Math.max(scale.replicas, pods.length) - removable(pods, going);
      return Math.min(scale.replicas, Math.max(replicas, fewest));
    });
    // Whoever returns from here gives the drained workers that are still there back to work: not before the pods are chosen.
    const chosen = (pods: readonly Pod[]): boolean => pods.filter(isActive).length <= granted;
    await followPods(this.#cluster, selector, { settled: chosen, deadline });
    return granted;
  }

  /** Marks the drained workers' pods, and takes the mark from those that work again. Returns the marked ones' names. */
  async #mark(selector: string, drained: readonly string[], deadline: Deadline): Promise<ReadonlySet<string>> {
    const going = new Set<string>();
    const marks: Promise<void>[] = [];
    for (const { name, deletionCost } of (await this.#pods(selector, deadline)).filter(isActive)) {
      const isDrained = drained.some((member) => runsIn(member, name));
      if (isDrained) going.add(name);
      if (isDrained === (deletionCost === DRAINED_COST)) continue;
      const cost = isDrained ? DRAINED_COST : null;
      // A cost that somebody else has set is theirs.
      if (cost === null && deletionCost !== DRAINED_COST) continue;
      marks.push(deadline.persist(async (timeoutMs) => this.#cluster.setDeletionCost({ pod: name, cost }, timeoutMs)));
    }
    await Promise.all(marks);
    return going;
  }

  /** Sets the replicas to what `wanted` makes of those that stand; again when somebody else was quicker. */
  async #change(deadline: Deadline, wanted: (scale: DeploymentScale) => number | Promise<number>): Promise<number> {
    for (;;) {
      const scale = await this.#scale(deadline);
      const replicas = await wanted(scale);
      if (replicas === scale.replicas) return replicas;
      try {
        return await deadline.persist(async (timeoutMs) =>
          this.#cluster.setReplicas({ replicas, version: scale.version }, timeoutMs),
        );
      } catch (thrown) {
        const isConflict = thrown instanceof FarmhandError && thrown.code === 'CONFLICT';
        // Our own change, too, if its answer was lost: the next look shows it.
        if (!isConflict || !(await deadline.pause(CONFLICT_PAUSE_MS))) throw thrown;
      }
    }
  }

  async #scale(deadline: Deadline): Promise<DeploymentScale> {
    return deadline.persist(async (timeoutMs) => this.#cluster.scale(timeoutMs));
  }

  async #pods(selector: string, deadline: Deadline): Promise<readonly Pod[]> {
    return (await deadline.persist(async (timeoutMs) => this.#cluster.pods(selector, timeoutMs))).pods;
  }
}

const CONFLICT_PAUSE_MS = 20;
