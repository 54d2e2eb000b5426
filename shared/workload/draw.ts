import { Sfc32 } from '../rng.ts';
import { drawArrivalsInto } from './arrivals.ts';
import { phaseOrder } from './phase-order.ts';
import { ServiceSampler } from './service.ts';
import { TimeColumn } from './time-column.ts';
import type { Workload } from './workload.ts';

/** A whole run's tasks in columns, in order of arrival: what the simulator reads millions of a second. */
export interface DrawnTasks {
  /** Tasks in the columns below; the columns may be longer. */
  readonly count: number;
  /** From the run's start. */
  readonly atMs: Float64Array;
  readonly serviceMs: Float64Array;
  /**
   * Where a log knows them: time allowed from arrival to collection, the service that the queue expects, and the time from the end
   * of the service to collection. Else the first two follow from serviceMs, and the last is the farm's to draw.
   */
  readonly logged?: {
    readonly deadlineMs: Float64Array;
    readonly expectedMs: Float64Array;
    readonly collectMs: Float64Array;
  };
  /** When each phase ends, from the run's start; the last one ends the emission. */
  readonly phaseEndsMs: readonly number[];
}

/** Draws runs one after the other into the same columns: what `draw` returned before is overwritten. */
export class WorkloadDrawer {
  readonly #workload: Workload;
  readonly #services: ServiceSampler;
  readonly #atMs = new TimeColumn();
  readonly #serviceMs = new TimeColumn();
  #last: { readonly seed: number; readonly drawn: DrawnTasks } | null = null;

  constructor(workload: Workload) {
    this.#workload = workload;
    this.#services = new ServiceSampler(workload.service);
  }

  /** The tasks that `planWorkload` gives for the same seed, bit for bit (test/shared/workload/draw.test.ts). */
  draw(seed: number): DrawnTasks {
    if (this.#last?.seed === seed) return this.#last.drawn;
    this.#atMs.clear();
    this.#serviceMs.clear();
    const phaseEndsMs: number[] = [];
    let startMs = 0;
    for (const listed of phaseOrder(this.#workload, seed)) {
      startMs += this.#drawPhase({ seed, listed, startMs });
      phaseEndsMs.push(startMs);
    }
    const drawn = {
      count: this.#atMs.count,
      atMs: this.#atMs.values,
      serviceMs: this.#serviceMs.values,
      phaseEndsMs,
    };
    this.#last = { seed, drawn };
    return drawn;
  }

  /** @returns the phase's duration, ms. */
  #drawPhase({ seed, listed, startMs }: { seed: number; listed: number; startMs: number }): number {
    const { arrivals, emission } = this.#workload;
    const phase = arrivals[listed];
    if (phase === undefined) return 0;
    const rng = new Sfc32(seed).fork(`phase-${listed}`);
    const durationMs = drawArrivalsInto(this.#atMs, { rng: rng.fork('arrivals'), phase, emission, startMs });
    const services = rng.fork('services');
    const sampler = this.#services;
    while (this.#serviceMs.count < this.#atMs.count) {
      this.#serviceMs.push(sampler.serviceMs(sampler.drawSizePx(services)));
    }
    return durationMs;
  }
}
