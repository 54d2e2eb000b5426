import type { FarmConfig } from '#shared/config-schema.ts';
import { observationSpace, type Seen } from '../../observation.ts';
import type { WorkerBounds } from '../../policy/action-set.ts';

export type FeatureSet = FarmConfig['agents']['dqn']['features'];

/** One number that a network is shown. */
export interface Feature {
  readonly name: string;
  read(seen: Seen): number;
  /**
   * What counts as 1 by what the number means; by a straight line, or by log(1 + x) / log(1 + scale) for what is mostly small
   * and at times large.
   */
  readonly scale: number;
  readonly curve: 'linear' | 'log';
  /** Largest value of the reference's declared observation space ("observed max" of an earlier run). */
  readonly referenceHigh: number;
  /** Whether it counts down to a known schedule's next change. */
  readonly clock: boolean;
}

type Scaling = Pick<Feature, 'scale' | 'curve' | 'referenceHigh'>;

/** The features of a set, in the order of a network's inputs. */
export function featuresOf(set: FeatureSet, bounds: WorkerBounds): readonly Feature[] {
  const all = set === 'reference' || set === 'clockless' ? nine(bounds) : [...nine(bounds), ...further(bounds)];
  return set === 'clockless' || set === 'extended-clockless' ? all.filter(({ clock }) => !clock) : all;
}

/** The observation. Scales: phases of the reference workloads; queues and times that are bad; any number of tasks is 1000. */
function nine({ maxWorkers }: WorkerBounds): readonly Feature[] {
  const scalings: readonly Scaling[] = [
    { scale: 4, curve: 'linear', referenceHigh: 3 },
    { scale: 100, curve: 'log', referenceHigh: 800 },
    { scale: 10, curve: 'log', referenceHigh: 10 },
    { scale: 1000, curve: 'linear', referenceHigh: 1140 },
    { scale: maxWorkers, curve: 'linear', referenceHigh: maxWorkers },
    { scale: 4, curve: 'log', referenceHigh: 150 },
    { scale: 8, curve: 'log', referenceHigh: 160 },
    { scale: 10, curve: 'linear', referenceHigh: 12 },
    { scale: 1, curve: 'linear', referenceHigh: 1 },
  ];
  return observationSpace.map(({ name }, index) => ({
    name,
    read: ({ observation }) => observation[index] ?? Number.NaN,
    clock: name === 'inputQueue' || name === 'outputQueue',
    ...(scalings[index] ?? { scale: 1, curve: 'linear', referenceHigh: 1 }),
  }));
}

/** What the reference does not look at. It has no bounds of its own for them. */
function further({ maxWorkers }: WorkerBounds): readonly Feature[] {
  const load = ({ observation, info }: Seen): number => observation[1] + info.inFlight;
  const workers = ({ observation }: Seen): number => Math.max(1, observation[4]);
  const linear = (scale: number): Scaling => ({ scale, curve: 'linear', referenceHigh: scale });
  const log = (scale: number): Scaling => ({ scale, curve: 'log', referenceHigh: scale });
  return [
    { name: 'inFlight', read: ({ info }) => info.inFlight, clock: false, ...linear(maxWorkers) },
    { name: 'ready', read: ({ info }) => info.ready, clock: false, ...linear(maxWorkers) },
    { name: 'active', read: ({ info }) => info.active, clock: false, ...linear(maxWorkers) },
    { name: 'load', read: load, clock: false, ...log(100) },
    { name: 'loadPerWorker', read: (seen) => load(seen) / workers(seen), clock: false, ...log(2) },
    { name: 'arrivalsPerWorker', read: (seen) => seen.observation[7] / workers(seen), clock: false, ...linear(1) },
    { name: 'emitted', read: ({ info }) => info.emitted, clock: true, ...linear(1000) },
  ];
}
