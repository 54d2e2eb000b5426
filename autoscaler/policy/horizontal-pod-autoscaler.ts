import { withinBounds, type PolicyOptions } from './policy.ts';

export interface HpaSettings extends Pick<PolicyOptions, 'minWorkers' | 'maxWorkers'> {
  /** Of the metric, for each worker (an external metric's `averageValue`). */
  readonly target: number;
  /** For so long no more is taken away than was recommended at the highest (`scaleDown.stabilizationWindowSeconds`). */
  readonly scaleDownWindowS: number;
}

/** Kubernetes' defaults: the controller's sync period and tolerance, and `behavior` where none is given. */
export const hpaDefaults = {
  syncS: 15,
  tolerance: 0.1,
  scaleDownWindowS: 300,
  rateS: 15,
  addPods: 4,
  addShare: 1,
} as const;

const MS_PER_S = 1000;

/**
 * One HorizontalPodAutoscaler on an external metric with an average value, as Kubernetes' controller computes it every sync
 * (kubernetes `pkg/controller/podautoscaler/horizontal.go`, `replica_calculator.go`):
 *
 *     recommended = pods                          where 0.9 ≤ metric / (target · pods) ≤ 1.1
 *                   ⌈metric / target⌉             elsewhere
 *     stabilised  = the order, raised to what was recommended now, cut to the most recommended in the window
 *     limit up    = max(start + 4, ⌈2 · start⌉),  start: the order as it was 15 s ago
 *     order       = stabilised, at most the limit, within min and max
 *
 * Example, target 5, 10 pods: 54 waiting are 5.4 each, within 10 %, so 10 stay; 120 recommend 24 and 20 are ordered, as
 * 2 · 10 > 10 + 4; 15 recommend 3, and 10 stay until the 10 recommended at the start are 300 s old
 * (test/autoscaler/policy/horizontal-pod-autoscaler.test.ts). Scale-up is not stabilised and scale-down not limited: by
 * default Kubernetes does neither (0 s; 100 % every 15 s). The order begins with the pods that there are.
 */
export class HorizontalPodAutoscaler {
  readonly #settings: HpaSettings;
  #recommendations: { readonly at: number; readonly replicas: number }[] = [];
  #orders: { readonly at: number; readonly change: number }[] = [];
  #order: number | null = null;

  constructor(settings: HpaSettings) {
    this.#settings = settings;
  }

  /** Somebody else wrote the number of replicas. */
  overrule(replicas: number): void {
    this.#order = replicas;
  }

  /** `metric`: in all; `pods`: those that run; `at`: farm time, ms. */
  sync({ metric, pods, at }: { metric: number; pods: number; at: number }): { replicas: number; because: string } {
    const order = this.#order ?? withinBounds(pods, this.#settings);
    if (this.#order === null) this.#recommendations.push({ at, replicas: order });
    const recommended = this.#recommend(metric, pods);
    const stabilised = this.#stabilise(recommended, order, at);
    const limit = this.#mostAllowed(order, at);
    const replicas = withinBounds(Math.min(stabilised, limit), this.#settings);
    if (replicas !== order) this.#orders.push({ at, change: replicas - order });
    this.#order = replicas;
    const reasons = [
      `${metric} over ${pods} workers against ${this.#settings.target} each: ${recommended} recommended`,
    ];
    if (stabilised > recommended) {
      reasons.push(`${stabilised} was recommended within ${this.#settings.scaleDownWindowS} s`);
    }
    if (stabilised > limit) reasons.push(`at most ${limit} in ${hpaDefaults.rateS} s`);
    return { replicas, because: reasons.join('; ') };
  }

  #recommend(metric: number, pods: number): number {
    const { target } = this.#settings;
    const ratio = metric / (target * pods);
    const tolerable = ratio >= 1 - hpaDefaults.tolerance && ratio <= 1 + hpaDefaults.tolerance;
    return tolerable ? pods : Math.ceil(metric / target);
  }

  #stabilise(recommended: number, order: number, at: number): number {
    const cutoff = at - this.#settings.scaleDownWindowS * MS_PER_S;
    this.#recommendations = this.#recommendations.filter((earlier) => earlier.at > cutoff && earlier.at <= at);
    let most = recommended;
    for (const earlier of this.#recommendations) most = Math.max(most, earlier.replicas);
    this.#recommendations.push({ at, replicas: recommended });
    return Math.min(Math.max(order, recommended), most);
  }

  #mostAllowed(order: number, at: number): number {
    const cutoff = at - hpaDefaults.rateS * MS_PER_S;
    this.#orders = this.#orders.filter((earlier) => earlier.at > cutoff && earlier.at <= at);
    let start = order;
    for (const { change } of this.#orders) start -= change;
    return Math.max(start + hpaDefaults.addPods, Math.ceil(start * (1 + hpaDefaults.addShare)));
  }
}
