/** What a calibration measures. */
export interface CalibrationPlan {
  /** Sides of the square pictures, px. */
  readonly sizesPx: readonly number[];
  /** Measurements of each size. Trial i uses pictures drawn from seed + i. */
  readonly trials: number;
  readonly seed: number;
}

/** The reference's sizes, trials and seed (task-farm reference, `calibrate_direct.py`): about 15 s. */
export const fullCalibration: CalibrationPlan = { sizesPx: [512, 1024, 2048, 4096], trials: 10, seed: 42 };

/** The sizes that the `quick` workload uses: a few seconds. */
export const quickCalibration: CalibrationPlan = {
  sizesPx: [256, 512, 768, 1024, 1280, 1536],
  trials: 6,
  seed: 42,
};
