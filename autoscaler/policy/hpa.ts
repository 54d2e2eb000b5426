import type { Seen } from '../observation.ts';
import { HorizontalPodAutoscaler, hpaDefaults, type HpaSettings } from './horizontal-pod-autoscaler.ts';
import { keepWorkers } from './keep-workers.ts';
import { Period } from './period.ts';
import type { Policy, PolicyDecision } from './policy.ts';

/** Tasks waiting for each worker: one in hand and one behind it, which may wait about as long as it takes. */
export const HPA_TARGET = 1;

/**
 * Kubernetes' HorizontalPodAutoscaler on the queue's length for each worker: `HorizontalPodAutoscaler` fed with the tasks
 * that wait, every 15 s of farm time. Deviations:
 * 1. It runs at the first look at or after each 15 s, so with 8 s steps every 16 s; steps over 15 s leave syncs out.
 * 2. What it last ordered stands until its next sync, as a Deployment's `spec.replicas` does, so a loop that goes one
 *    worker a step is still on its way there; a look between two syncs changes nothing about the order.
 * 3. A metric is never missing, and pods are not told apart by readiness (that concerns CPU metrics only).
 */
export class HpaPolicy implements Policy {
  readonly name: string;
  readonly usesClock = false;
  readonly #sync = new Period(hpaDefaults.syncS);
  readonly #autoscaler: HorizontalPodAutoscaler;
  #order: { replicas: number; because: string } | null = null;

  constructor(name: string, settings: HpaSettings) {
    this.name = name;
    this.#autoscaler = new HorizontalPodAutoscaler(settings);
  }

  decide({ observation, info }: Seen): PolicyDecision {
    const [, waiting, , , workers] = observation;
    if (this.#sync.due(info.at) || this.#order === null) {
      this.#order = this.#autoscaler.sync({ metric: waiting, pods: workers, at: info.at });
    }
    return keepWorkers(this.#order.replicas, workers, this.#order.because);
  }
}
