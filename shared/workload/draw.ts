import { Sfc32 } from '../rng.ts';
import { drawArrivals } from './arrivals.ts';
import { phaseOrder } from './phase-order.ts';
import { sampleSizePx, serviceMsOfSize } from './service.ts';
import type { Workload } from './workload.ts';

/** A whole run's tasks in columns, in order of arrival: what the simulator reads millions of a second. */
export interface DrawnTasks {
  /** Tasks in the columns below; the columns may be longer. */
  readonly count: number;
  /** From the run's start. */
  readonly atMs: Float64Array;
  readonly serviceMs: Float64Array;
  /** When each phase ends, from the run's start; the last one ends the emission. */
  readonly phaseEndsMs: readonly number[];
}

const FIRST_CAPACITY = 2048;

/** Draws runs one after the other into the same columns: what `draw` returned before is overwritten. */
export class WorkloadDrawer {
  readonly #workload: Workload;
  #atMs = new Float64Array(FIRST_CAPACITY);
  #serviceMs = new Float64Array(FIRST_CAPACITY);
  #count = 0;
  #last: { readonly seed: number; readonly drawn: DrawnTasks } | null = null;

  constructor(workload: Workload) {
    this.#workload = workload;
  }

  /** The tasks that `planWorkload` gives for the same seed, bit for bit (test/shared/workload/draw.test.ts). */
  draw(seed: number): DrawnTasks {
    if (this.#last?.seed === seed) return this.#last.drawn;
    this.#count = 0;
    const phaseEndsMs: number[] = [];
    let startMs = 0;
    for (const listed of phaseOrder(this.#workload, seed)) {
      startMs += this.#drawPhase({ seed, listed, startMs });
      phaseEndsMs.push(startMs);
    }
    const drawn = { count: this.#count, atMs: this.#atMs, serviceMs: this.#serviceMs, phaseEndsMs };
    this.#last = { seed, drawn };
    return drawn;
  }

  /** @returns the phase's duration, ms. */
  #drawPhase({ seed, listed, startMs }: { seed: number; listed: number; startMs: number }): number {
    const { arrivals, emission, service } = this.#workload;
    const phase = arrivals[listed];
    if (phase === undefined) return 0;
    const rng = new Sfc32(seed).fork(`phase-${listed}`);
    const { durationMs, atMs } = drawArrivals(rng.fork('arrivals'), phase, emission);
    this.#ensure(this.#count + atMs.length);
    const services = rng.fork('services');
    const at = this.#atMs;
    const serviceMs = this.#serviceMs;
    let next = this.#count;
    for (const ms of atMs) {
      at[next] = startMs + ms;
      serviceMs[next] = serviceMsOfSize(service, sampleSizePx(services, service));
      next += 1;
    }
    this.#count = next;
    return durationMs;
  }

  #ensure(capacity: number): void {
    if (capacity <= this.#atMs.length) return;
    const length = Math.max(capacity, 2 * this.#atMs.length);
    this.#atMs = grown(this.#atMs, length);
    this.#serviceMs = grown(this.#serviceMs, length);
  }
}

function grown(column: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length);
  larger.set(column);
  return larger;
}
