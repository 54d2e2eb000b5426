import { imageStages, type ImageStage } from '../../../functions/worker/kinds/image.ts';
import type { FullQuadraticFit, TimingFit, Weighting } from './fit.ts';
import { fitFullQuadratic, fitTimingModel } from './fit.ts';
import type { Trial } from './measure.ts';
import type { CalibrationPlan } from './plan.ts';
import { summarise, type Summary } from './summary.ts';

/** Decoding and the four stages, in the order in which they run. */
export const timedStages = ['decode', ...imageStages] as const;
type TimedStage = 'decode' | ImageStage;

interface SizeReport {
  readonly sizePx: number;
  /** Mean size of the JPEGs. */
  readonly bytes: number;
  /** Of the whole task, s. */
  readonly service: Summary;
  /** Mean of each stage, s. They sum to a little less than the whole. */
  readonly stagesS: Readonly<Record<TimedStage, number>>;
  /** What the fitted model says, s. */
  readonly modelS: number;
  /** Mean − model, ms. */
  readonly residualMs: number;
  /** Mean / model − 1. */
  readonly residualShare: number;
}

/** What a calibration found; calibration_results.json is this as it stands. */
export interface Calibration {
  readonly plan: CalibrationPlan;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string; readonly sharp: string };
  readonly model: TimingFit & { readonly weighting: Weighting };
  readonly fullQuadratic: FullQuadraticFit | null;
  readonly sizes: readonly SizeReport[];
  readonly trials: readonly Trial[];
}

/** Fits and tabulates the trials of a plan of at least two sizes. */
export function analyse(plan: CalibrationPlan, trials: readonly Trial[], machine: Calibration['machine']): Calibration {
  const points = trials.map(({ sizePx, serviceS }) => ({ sizePx, timeS: serviceS }));
  const weighting = 'relative';
  const model = { ...fitTimingModel(points, weighting), weighting } as const;
  const sizes = [...new Set(plan.sizesPx)]
    .sort((a, b) => a - b)
    .map((size) =>
      reportSize(
        size,
        trials.filter(({ sizePx }) => sizePx === size),
        model,
      ),
    );
  const fullQuadratic = sizes.length < 3 ? null : fitFullQuadratic(points, weighting);
  return { plan, machine, model, fullQuadratic, sizes, trials };
}

function reportSize(sizePx: number, trials: readonly Trial[], model: TimingFit): SizeReport {
  const service = summarise(trials.map(({ serviceS }) => serviceS));
  const modelS = model.a * sizePx ** 2 + model.b;
  const meanStageS = (stage: TimedStage): number =>
    summarise(trials.map(({ stagesMs }) => (stagesMs[stage] ?? 0) / 1000)).mean;
  return {
    sizePx,
    bytes: Math.round(summarise(trials.map(({ bytes }) => bytes)).mean),
    service,
    stagesS: {
      decode: meanStageS('decode'),
      thumbnail: meanStageS('thumbnail'),
      compression: meanStageS('compression'),
      metadata: meanStageS('metadata'),
      conversion: meanStageS('conversion'),
    },
    modelS,
    residualMs: (service.mean - modelS) * 1000,
    residualShare: service.mean / modelS - 1,
  };
}
