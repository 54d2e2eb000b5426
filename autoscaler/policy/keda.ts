import type { Seen } from '../observation.ts';
import { HorizontalPodAutoscaler, hpaDefaults, type HpaSettings } from './horizontal-pod-autoscaler.ts';
import { keepWorkers } from './keep-workers.ts';
import { Period } from './period.ts';
import type { Policy, PolicyDecision } from './policy.ts';

/** KEDA's defaults: of the trigger `redis` and of a ScaledObject. */
export const kedaDefaults = {
  listLength: 5,
  activationListLength: 0,
  pollingS: 30,
  cooldownS: 300,
} as const;

const MS_PER_S = 1000;

/**
 * KEDA's Redis list scaler (kedacore/keda `pkg/scalers/redis_scaler.go`, `pkg/scaling/executor/scale_scaledobjects.go`),
 * in one of two states:
 *
 *     active   the HorizontalPodAutoscaler has the say, every 15 s, on the tasks that wait (those in workers' hands are not
 *              in the list, so they do not count). At a poll (30 s) that finds no more than activationListLength (0)
 *              waiting, more than 300 s after the last poll that did: → asleep
 *     asleep   the fewest workers allowed, at once. At a poll that finds more than activationListLength: → active
 *
 * Example, listLength 5, 12 workers: 100 waiting order 20; the queue runs empty, and 20 stay for 300 s, by the autoscaler's
 * window and by the cooldown alike (test/autoscaler/policy/keda.test.ts). Deviations:
 * 1. KEDA sleeps with no replicas, and with `minReplicaCount` 1 never does. A farm here never has none, so minWorkers stand
 *    in for none; otherwise activation and cooldown could not be seen at all.
 * 2. An episode begins active, as if it had been so until then. (KEDA: a target that it has never seen active has no cooldown.)
 * 3. As `hpa`, 1 to 3; polls too are taken at the first look at or after their time.
 */
export class KedaPolicy implements Policy {
  readonly name: string;
  readonly usesClock = false;
  readonly #settings: HpaSettings;
  readonly #poll = new Period(kedaDefaults.pollingS);
  readonly #sync = new Period(hpaDefaults.syncS);
  readonly #autoscaler: HorizontalPodAutoscaler;
  #order: { replicas: number; because: string } | null = null;
  #lastActiveAt: number | null = null;
  #asleep = false;

  constructor(name: string, settings: HpaSettings) {
    this.name = name;
    this.#settings = settings;
    this.#autoscaler = new HorizontalPodAutoscaler(settings);
  }

  decide({ observation, info }: Seen): PolicyDecision {
    const [, waiting, , , workers] = observation;
    if (this.#poll.due(info.at)) this.#ask(waiting, info.at);
    const syncs = this.#sync.due(info.at);
    if (!this.#asleep && (syncs || this.#order === null)) {
      this.#order = this.#autoscaler.sync({ metric: waiting, pods: workers, at: info.at });
    }
    if (this.#order === null || this.#asleep) {
      const { minWorkers } = this.#settings;
      return keepWorkers(minWorkers, workers, `nothing waited for ${kedaDefaults.cooldownS} s: ${minWorkers} stay`);
    }
    return keepWorkers(this.#order.replicas, workers, this.#order.because);
  }

  #ask(waiting: number, at: number): void {
    if (waiting > kedaDefaults.activationListLength) {
      if (this.#asleep) this.#wake();
      this.#lastActiveAt = at;
      return;
    }
    this.#lastActiveAt ??= at;
    if (at > this.#lastActiveAt + kedaDefaults.cooldownS * MS_PER_S) this.#asleep = true;
  }

  /** The autoscaler goes on from the fewest. */
  #wake(): void {
    this.#asleep = false;
    this.#order = null;
    this.#autoscaler.overrule(this.#settings.minWorkers);
  }
}
