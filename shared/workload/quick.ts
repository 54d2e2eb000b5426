import { serviceFor, type WorkloadSettings } from './service-settings.ts';
import type { Workload } from './workload.ts';

/**
 * Twenty seconds of real images, sized for a laptop: 2.5 tasks a second of 0.11 s ask for 0.3 of a core in the mean, and the
 * burst's eight for 0.9. Tasks overlap little, so that a picture takes as long as it was calibrated for: two at a time slow
 * each other down. A reactive policy with a horizon of one step answers the burst's queue with a second worker, and takes
 * it back when it is over (docs/workloads.md).
 */
export function quickWorkload(settings: WorkloadSettings): Workload {
  return {
    name: 'quick',
    description: 'Twenty seconds of real images on a laptop: quiet, burst, quiet, wave, quiet',
    kind: 'image',
    control: { stepDurationS: 1, observationWindowS: 2, initialWorkers: 2, maxSteps: 30 },
    arrivals: [
      { name: 'quiet', durationS: 4, rate: { pattern: 'steady', perS: 1.5 } },
      { name: 'burst', durationS: 3, rate: { pattern: 'steady', perS: 8 } },
      { name: 'lull', durationS: 5, rate: { pattern: 'steady', perS: 1.5 } },
      { name: 'wave', durationS: 4, rate: { pattern: 'oscillation', minPerS: 1, maxPerS: 4, cycles: 1 } },
      { name: 'end', durationS: 4, rate: { pattern: 'steady', perS: 1.5 } },
    ],
    emission: 'poisson',
    service: { ...serviceFor('image', settings), meanS: 0.11, shape: 6, minSizePx: 64, maxSizePx: 2560 },
    phaseShuffle: false,
    phaseShuffleSeed: null,
  };
}
