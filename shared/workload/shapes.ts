import type { RateModel } from './rate.ts';
import { referenceControl } from './reference.ts';
import { serviceFor, type WorkloadSettings } from './service-settings.ts';
import type { Workload } from './workload.ts';

/**
 * Load in one plain shape each: four minutes in a single phase, so that nothing that a policy observes counts down to the
 * next change. At the mean service time of 1.47 s, 13 tasks/s keep 19 workers busy.
 * ramp, spike and variable follow openfaas-autoscaler-tests, with its minutes shortened and its users turned into tasks/s.
 */
export const shapeNames = ['ramp', 'spike', 'variable', 'constant', 'burst', 'sine'] as const;

export type ShapeName = (typeof shapeNames)[number];

interface Shape {
  readonly description: string;
  /** What the shape's first seconds need. */
  readonly initialWorkers: number;
  readonly rate: RateModel;
}

const DURATION_S = 240;

const shapes: Record<ShapeName, Shape> = {
  ramp: {
    description: 'Four minutes from nothing to 13 tasks/s in a straight line',
    initialWorkers: 1,
    rate: line([0, 0], [DURATION_S, 13]),
  },
  spike: {
    description: 'One task/s, then 13 within 6 s, held for 108 s, and back as quickly',
    initialWorkers: 2,
    rate: line([0, 0], [6, 1], [42, 1], [48, 13], [156, 13], [162, 1], [234, 1], [240, 0]),
  },
  variable: {
    description: 'Three times up to 12 tasks/s and down to 6, with 35 s at each',
    initialWorkers: 1,
    rate: line(
      [0, 0],
      ...[0, 80, 160].flatMap((at): Point[] => [
        [at + 5, 12],
        [at + 40, 12],
        [at + 45, 6],
        [at + 80, 6],
      ]),
    ),
  },
  constant: {
    description: 'Five tasks/s throughout',
    initialWorkers: 10,
    rate: { pattern: 'steady', perS: 5 },
  },
  burst: {
    description: 'Two tasks/s, and every 40 s ten seconds of 12',
    initialWorkers: 4,
    rate: line(
      [0, 2],
      ...[30, 70, 110, 150, 190, 230].flatMap((at): Point[] => [
        [at, 2],
        [at, 12],
        [at + 10, 12],
        [at + 10, 2],
      ]),
    ),
  },
  sine: {
    description: 'Two slow waves between 1 and 11 tasks/s',
    initialWorkers: 10,
    rate: { pattern: 'oscillation', minPerS: 1, maxPerS: 11, cycles: 2 },
  },
};

/** [s, tasks/s] */
type Point = readonly [number, number];

function line(...points: readonly Point[]): RateModel {
  return { pattern: 'ramp', points: points.map(([atS, perS]) => ({ atS, perS })) };
}

/** The workload of that shape, with farm.yml's service times and the reference's step and window. */
export function shapedWorkload(name: ShapeName, settings: WorkloadSettings): Workload {
  const { description, initialWorkers, rate } = shapes[name];
  return {
    name,
    description,
    kind: 'calibrated',
    control: { ...referenceControl, initialWorkers },
    arrivals: [{ name, durationS: DURATION_S, rate }],
    emission: 'poisson',
    service: serviceFor('calibrated', settings),
    phaseShuffle: false,
    phaseShuffleSeed: null,
  };
}
