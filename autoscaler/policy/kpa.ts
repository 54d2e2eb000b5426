import type { Seen } from '../observation.ts';
import { keepWorkers } from './keep-workers.ts';
import { Period } from './period.ts';
import { withinBounds, type Policy, type PolicyDecision, type PolicyOptions } from './policy.ts';
import { SlidingWindow } from './sliding-window.ts';

export interface KpaSettings extends Pick<PolicyOptions, 'minWorkers' | 'maxWorkers'> {
  /** Tasks, waiting or in hand, that a worker should own. */
  readonly target: number;
  readonly stableWindowS: number;
}

/**
 * Knative's defaults, but for the target: it is 70 % of what a replica takes at once, and a worker takes one task
 * (`containerConcurrency: 1`; Knative's own default is 100).
 */
export const kpaDefaults = {
  target: 0.7,
  stableWindowS: 60,
  panicWindowShare: 0.1,
  panicThreshold: 2,
  maxScaleUpRate: 1000,
  maxScaleDownRate: 2,
  tickS: 2,
} as const;

const MS_PER_S = 1000;

/**
 * Knative's pod autoscaler (knative/serving `pkg/autoscaler/scaling/autoscaler.go`) on the tasks that wait and that are in
 * hand. Every 2 s, with w(s) the mean over a window's samples and r = max(1, ready):
 *
 *     S, P    = ⌈w(stable) / target⌉, ⌈w(panic) / target⌉, each at least ⌊r / 2⌋ and at most ⌈1000 · r⌉
 *     over    = ⌈w(panic) / target⌉ / r ≥ 2
 *     stable    wants S.                                                 over → panicking
 *     panicking wants the most of S and P since it began: it never takes away.
 *               no longer over for more than the stable window → stable
 *
 * An autoscaler that finds more than one replica ready begins panicking, so that it takes none away until it has seen a
 * window's worth. Example, target 0.7, 10 ready: 6 tasks at rest want ⌈8.6⌉ = 9; 14 tasks in the panic window are
 * ⌈20⌉ / 10 = 2, so it panics and wants 20 until 60 s after the last such look (test/autoscaler/policy/kpa.test.ts).
 *
 * Deviations:
 * 1. One sample a look, where Knative scrapes every second: with 8 s steps the panic window (6 s) holds the newest alone.
 * 2. No scale to zero and no activator; min and max scale are the farm's bounds, `scale-down-delay` is 0 as by default.
 */
export class KpaPolicy implements Policy {
  readonly name: string;
  readonly usesClock = false;
  readonly #settings: KpaSettings;
  readonly #tick = new Period(kpaDefaults.tickS);
  readonly #stable: SlidingWindow;
  readonly #panic: SlidingWindow;
  /** Null: stable. */
  #panicking: { since: number; most: number } | null = null;
  #order: { replicas: number; because: string } | null = null;

  constructor(name: string, settings: KpaSettings) {
    this.name = name;
    this.#settings = settings;
    this.#stable = new SlidingWindow(settings.stableWindowS);
    this.#panic = new SlidingWindow(settings.stableWindowS * kpaDefaults.panicWindowShare);
  }

  decide({ observation, info }: Seen): PolicyDecision {
    const [, waiting, , , workers] = observation;
    const owned = waiting + info.inFlight;
    this.#stable.add(info.at, owned);
    this.#panic.add(info.at, owned);
    if (this.#tick.due(info.at) || this.#order === null) this.#order = this.#scale(info.ready, info.at);
    return keepWorkers(this.#order.replicas, workers, this.#order.because);
  }

  #scale(readyReplicas: number, at: number): { replicas: number; because: string } {
    const { target, stableWindowS } = this.#settings;
    if (this.#order === null && readyReplicas > 1) this.#panicking = { since: at, most: readyReplicas };
    const ready = Math.max(1, readyReplicas);
    const stable = Math.ceil(this.#stable.mean / target);
    const panic = Math.ceil(this.#panic.mean / target);
    if (panic / ready >= kpaDefaults.panicThreshold) {
      this.#panicking = { since: at, most: this.#panicking?.most ?? 0 };
    } else if (this.#panicking !== null && this.#panicking.since + stableWindowS * MS_PER_S < at) {
      this.#panicking = null;
    }
    const wanted = limitRate(stable, ready);
    const because =
      `${this.#stable.mean.toFixed(1)} tasks in ${stableWindowS} s, ${this.#panic.mean.toFixed(1)} just now, ` +
      `${target} a worker`;
    if (this.#panicking === null) return { replicas: withinBounds(wanted, this.#settings), because };
    this.#panicking.most = Math.max(this.#panicking.most, wanted, limitRate(panic, ready));
    return {
      replicas: withinBounds(this.#panicking.most, this.#settings),
      because: `${because}; panicking: none are taken away`,
    };
  }
}

function limitRate(wanted: number, ready: number): number {
  const { maxScaleDownRate, maxScaleUpRate } = kpaDefaults;
  return Math.min(Math.max(wanted, Math.floor(ready / maxScaleDownRate)), Math.ceil(ready * maxScaleUpRate));
}
