import { Sfc32, type Rng } from '#shared/rng.ts';
import { SECOND } from '#shared/clock.ts';

/** One look at a made-up farm, as the autoscaler shows it over HTTP. */
export interface SimulatedLook {
  readonly values: readonly number[];
  readonly info: Readonly<Record<string, number | boolean | null>>;
  readonly workers: Readonly<Record<'desired' | 'granted' | 'ready' | 'active' | 'parked', number>> & { limit: null };
  readonly queue: Readonly<Record<'input' | 'emitting' | 'waiting' | 'inFlight' | 'result' | 'deadLetters', number>>;
  readonly totals: Readonly<Record<'collected' | 'met' | 'dead', number>>;
}

const DAY_S = 86_400;
const SERVICE_S = 1.4;

/**
 * Any number of steps of a farm that lives through days: arrivals swing with the hour and burst now and then, workers follow
 * them a little late. Nothing is queued for real; the page only has to be given what a day looks like.
 */
export class SimulatedDay {
  readonly #rng: Rng = new Sfc32(7);
  readonly #stepS: number;
  #at: number;
  #step = 0;
  #workers = 6;
  #waiting = 0;
  #collected = 0;
  #met = 0;

  constructor(options: { stepS: number; startMs: number }) {
    this.#stepS = options.stepS;
    this.#at = options.startMs;
  }

  get step(): number {
    return this.#step;
  }

  next(): SimulatedLook {
    this.#step += 1;
    this.#at += this.#stepS * SECOND;
    const hour = Math.sin((2 * Math.PI * this.#step * this.#stepS) / (DAY_S / 6));
    const burst = this.#step % 97 < 9 ? 4 : 0;
    const arrivals = Math.max(0, 5 + 3 * hour + burst + (this.#rng.float() - 0.5) * 2);
    const most = this.#workers / SERVICE_S;
    this.#waiting = Math.max(0, this.#waiting + (arrivals - most) * this.#stepS);
    const served = Math.min(arrivals, most) * this.#stepS;
    const qos = Math.max(0, Math.min(1, 1 - this.#waiting / 120));
    this.#collected += Math.round(served);
    this.#met += Math.round(served * qos);
    const before = this.#workers;
    const needed = Math.ceil(arrivals * SERVICE_S * 1.1 + this.#waiting / 12);
    this.#workers += Math.sign(Math.min(32, Math.max(1, needed)) - this.#workers);
    return this.#look({ arrivals, qos, before });
  }

  #look({ arrivals, qos, before }: { arrivals: number; qos: number; before: number }): SimulatedLook {
    const waiting = Math.round(this.#waiting);
    const inFlight = Math.min(before, Math.round(arrivals * SERVICE_S));
    const avgTime = SERVICE_S + waiting / 9;
    const result = this.#rng.int(3);
    return {
      values: [2, waiting, result, this.#collected, this.#workers, avgTime, avgTime * 1.8, arrivals, qos],
      info: {
        ...{ at: this.#at, sampleAgeMs: 2, fresh: true, inFlight, emitted: this.#collected + waiting },
        ...{ ready: before, active: this.#workers, oldestSlackMs: 1_500 - waiting * 60, meanServiceS: SERVICE_S },
      },
      workers: {
        ...{ desired: this.#workers, granted: this.#workers, active: this.#workers, parked: 0, limit: null },
        ready: Math.min(before, this.#workers),
      },
      queue: { input: 2, emitting: 1, waiting, inFlight, result, deadLetters: 0 },
      totals: { collected: this.#collected, met: this.#met, dead: 0 },
    };
  }
}
