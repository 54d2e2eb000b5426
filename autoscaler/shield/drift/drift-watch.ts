import type { Seen } from '../../observation.ts';
import type { Fault } from '../answer.ts';
import { Cusum } from './cusum.ts';
import { LoadSampler, loadFeatures, loadOf, type LoadFeature, type LoadSample } from './load-sample.ts';
import { populationOf, stabilityIndex, type Population } from './population.ts';

/** What a policy was made for, by feature; a feature that is missing is not watched against training. */
export type TrainedPopulation = Readonly<Partial<Record<LoadFeature, Population>>>;

export interface DriftSettings {
  /** A step is outside where a feature is under 1/tolerance of the least, or over tolerance times the most, of training. */
  readonly tolerance: number;
  /** Steps in a row that must be outside. */
  readonly strikes: number;
  /** Steps of the window that is compared as a population, and the index from which it is another one. */
  readonly windowSteps: number;
  readonly psi: number;
  /** CUSUM of QoS: shortfall of a step that is forgiven, and the sum from which it is not. */
  readonly qosAllowance: number;
  readonly qosLimit: number;
}

export interface DriftFinding {
  readonly fault: Extract<Fault, 'drift' | 'qos'>;
  readonly because: string;
}

export interface DriftFigures {
  /** The largest index of any feature; null: no window is full. */
  readonly psi: number | null;
  /** Steps in a row outside of training. */
  readonly outside: number;
  readonly cusum: number;
}

/** Known at each step; variability is of several. */
const ranged = ['arrivalRate', 'serviceS'] as const;

/** Tasks of a step from which its QoS counts in full. */
const FULL_WEIGHT_TASKS = 10;

/**
 * Watches whether the farm is still what a policy was made for: its load by range and by population, and its QoS by CUSUM.
 * Without a training population the first two windows of the episode are what later ones are compared with.
 */
export class DriftWatch {
  readonly #settings: DriftSettings;
  readonly #trained: TrainedPopulation | null;
  readonly #sampler = new LoadSampler();
  readonly #windows = new Map<LoadFeature, number[]>();
  readonly #baselines = new Map<LoadFeature, Population>();
  readonly #cusum: Cusum;
  readonly #expectedQos: number;
  #outside = 0;
  #collected = 0;
  #psi: number | null = null;

  constructor(options: { settings: DriftSettings; trained: TrainedPopulation | null; expectedQos: number }) {
    this.#settings = options.settings;
    this.#trained = options.trained;
    this.#expectedQos = options.expectedQos;
    this.#cusum = new Cusum({ expected: options.expectedQos, allowance: options.settings.qosAllowance });
  }

  get figures(): DriftFigures {
    return { psi: this.#psi, outside: this.#outside, cusum: this.#cusum.sum };
  }

  /** Takes one look; what it finds, or null. `inCharge`: the QoS seen is this policy's doing. */
  see(seen: Seen, { inCharge }: { inCharge: boolean }): DriftFinding | null {
    const sample = this.#sampler.take(loadOf(seen));
    return this.#range(sample) ?? this.#shift(sample) ?? this.#qos(seen, inCharge);
  }

  /** It is given another chance. */
  forgive(): void {
    this.#cusum.clear();
    this.#outside = 0;
  }

  #range(sample: LoadSample): DriftFinding | null {
    const { tolerance, strikes } = this.#settings;
    const strange = ranged.find((feature) => isOutside(sample[feature], this.#trained?.[feature], tolerance));
    if (strange === undefined) {
      // A farm at rest is no evidence of anything.
      if (sample.arrivalRate !== null) this.#outside = 0;
      return null;
    }
    this.#outside += 1;
    if (this.#outside < strikes) return null;
    const { low, high } = this.#trained?.[strange] ?? { low: 0, high: 0 };
    const because =
      `${words[strange]} is ${sample[strange]?.toFixed(2)}, and training met ${low.toFixed(2)} to ${high.toFixed(2)}: ` +
      `${this.#outside} steps in a row are outside`;
    return { fault: 'drift', because };
  }

  #shift(sample: LoadSample): DriftFinding | null {
    let found: DriftFinding | null = null;
    let most: number | null = null;
    for (const feature of loadFeatures) {
      const index = this.#indexOf(feature, sample[feature]);
      if (index === null) continue;
      most = Math.max(most ?? 0, index);
      if (index < this.#settings.psi) continue;
      const because = `${words[feature]} of the last ${this.#settings.windowSteps} steps is distributed otherwise: PSI ${index.toFixed(2)}`;
      found ??= { fault: 'drift', because };
    }
    this.#psi = most;
    return found;
  }

  #indexOf(feature: LoadFeature, value: number | null): number | null {
    const { windowSteps } = this.#settings;
    const window = this.#windows.get(feature) ?? [];
    this.#windows.set(feature, window);
    if (value !== null) window.push(value);
    const expected = this.#trained?.[feature] ?? this.#baselines.get(feature);
    if (expected === undefined) {
      // The first two windows are the baseline.
      if (window.length < 2 * windowSteps) return null;
      this.#baselines.set(feature, populationOf(window));
      window.length = 0;
      return null;
    }
    if (window.length > windowSteps) window.shift();
    return window.length < windowSteps ? null : stabilityIndex(window, expected);
  }

  #qos({ observation, info }: Seen, inCharge: boolean): DriftFinding | null {
    const collected = observation[3] - this.#collected;
    this.#collected = observation[3];
    if (!inCharge || !info.fresh) return null;
    this.#cusum.add(observation[8], Math.min(1, Math.max(0, collected) / FULL_WEIGHT_TASKS));
    if (this.#cusum.sum < this.#settings.qosLimit) return null;
    const because =
      `QoS is ${(observation[8] * 100).toFixed(0)} % where ${(this.#expectedQos * 100).toFixed(1)} % was promised, ` +
      `and its CUSUM ${this.#cusum.sum.toFixed(2)}`;
    return { fault: 'qos', because };
  }
}

const words: Readonly<Record<LoadFeature, string>> = {
  arrivalRate: 'the arrival rate in tasks/s',
  serviceS: 'the service time in s',
  variability: "the arrival rate's variation",
};

function isOutside(value: number | null, trained: Population | undefined, tolerance: number): boolean {
  if (value === null || trained === undefined) return false;
  return value > trained.high * tolerance || value < trained.low / tolerance;
}
