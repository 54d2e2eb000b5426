import { serviceFor, type WorkloadSettings } from './service-settings.ts';
import type { Workload } from './workload.ts';

/**
 * Twenty seconds of real images, sized for a laptop: seven tasks a second of 50 ms ask for 0.35 of a core in the mean, and
 * the burst's sixteen for 0.8. A reactive policy with a horizon of one step wants λ·s workers with s at least 0.1 s, so
 * sixteen tasks/s ask it for a second worker, and two tasks/s for one (docs/workloads.md).
 */
export function quickWorkload(settings: WorkloadSettings): Workload {
  return {
    name: 'quick',
    description: 'Twenty seconds of real images on a laptop: quiet, burst, quiet, wave, quiet',
    kind: 'image',
    control: { stepDurationS: 1, observationWindowS: 2, initialWorkers: 2, maxSteps: 30 },
    arrivals: [
      { name: 'quiet', durationS: 4, rate: { pattern: 'steady', perS: 2 } },
      { name: 'burst', durationS: 5, rate: { pattern: 'steady', perS: 16 } },
      { name: 'lull', durationS: 4, rate: { pattern: 'steady', perS: 2 } },
      { name: 'wave', durationS: 4, rate: { pattern: 'oscillation', minPerS: 3, maxPerS: 16, cycles: 1 } },
      { name: 'end', durationS: 3, rate: { pattern: 'steady', perS: 2 } },
    ],
    emission: 'poisson',
    service: { ...serviceFor('image', settings), meanS: 0.05, shape: 4, minSizePx: 64, maxSizePx: 2048 },
    phaseShuffle: false,
    phaseShuffleSeed: null,
  };
}
