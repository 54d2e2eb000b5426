import { Holt } from '../forecast/holt.ts';
import { MovingAverage } from '../forecast/moving-average.ts';
import type { Seen } from '../observation.ts';

const MS_PER_S = 1000;

/** Weight of the newest window's mean service time. */
const SERVICE_WEIGHT = 0.2;

/** What the farm was seen to have to carry. Loads are in erlangs: tasks/s times the seconds that one takes in a worker's hands. */
export interface CarriedLoad {
  /** Of the last steps. */
  readonly now: number;
  /** The highest that was remembered, `now` included. */
  readonly peak: number;
  /** Work that waits, in seconds of one worker. */
  readonly backlogS: number;
}

/**
 * Remembers for `memoryS` which load was seen, as the Horizontal Pod Autoscaler remembers its recommendations, and as there
 * the pool that was found at the start counts among them: nobody has seen yet that it is not needed.
 * (Kubernetes, stabilizationWindowSeconds: the default is 300.)
 */
export class LoadMemory {
  readonly #memoryMs: number;
  readonly #rate: MovingAverage;
  readonly #service = new Holt({ level: SERVICE_WEIGHT, trend: 0, damping: 0 });
  #seen: { readonly at: number; readonly load: number }[] = [];
  #start: { readonly at: number; readonly workers: number } | null = null;
  #last: { readonly at: number; readonly waiting: number } | null = null;

  /** `rateSteps`: steps that the rate of arrivals is averaged over: more are calmer, fewer are sooner. */
  constructor({ memoryS, rateSteps }: { memoryS: number; rateSteps: number }) {
    this.#memoryMs = memoryS * MS_PER_S;
    this.#rate = new MovingAverage(rateSteps);
  }

  /** Takes one look, a step after the last one. */
  see({ observation, info }: Seen): void {
    // A first look has nothing to count arrivals from: its 0 says nothing.
    if (this.#start === null) this.#start = { at: info.at, workers: observation[4] };
    else this.#rate.update(observation[7]);
    if (info.fresh && info.meanServiceS !== null) this.#service.update(info.meanServiceS);
    this.#last = { at: info.at, waiting: observation[1] };
    // What a clock that went back has put into the future goes as well.
    this.#seen = this.#seen.filter(({ at }) => at > info.at - this.#memoryMs && at <= info.at);
    const load = this.#now();
    if (load !== null) this.#seen.push({ at: info.at, load });
  }

  /** Null before the first rate and the first collected task. */
  get load(): CarriedLoad | null {
    const now = this.#now();
    const serviceS = this.serviceS;
    if (now === null || serviceS === null || this.#last === null) return null;
    const peak = this.#seen.reduce((most, { load }) => Math.max(most, load), now);
    return { now, peak, backlogS: this.#last.waiting * serviceS };
  }

  /** The pool found at the start, as long as it is remembered; 0 afterwards. */
  get firstPool(): number {
    if (this.#start === null || this.#last === null) return 0;
    return this.#last.at - this.#start.at < this.#memoryMs ? this.#start.workers : 0;
  }

  /** Mean service time, waiting excluded, s. Null before the first collected task. */
  get serviceS(): number | null {
    return this.#service.predict(1)?.mean ?? null;
  }

  #now(): number | null {
    const rate = this.#rate.predict();
    const serviceS = this.serviceS;
    return rate === null || serviceS === null ? null : Math.max(0, rate.mean) * serviceS;
  }
}
