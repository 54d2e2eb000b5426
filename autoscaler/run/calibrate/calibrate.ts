import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import { renderFigure } from '../figure.ts';
import { analyse, type Calibration } from './calibration.ts';
import { measure, type MeasureTools } from './measure.ts';
import type { CalibrationPlan } from './plan.ts';
import { plotCalibration } from './plot.ts';

/**
 * Times the image kind on this machine and fits time = a·size² + b to it.
 * @throws FarmhandError USAGE for a plan that cannot be fitted; the signal's reason when it aborts
 */
export async function calibrate(
  plan: CalibrationPlan,
  tools: { clock: Clock; signal: AbortSignal; onTrial?: MeasureTools['onTrial'] },
): Promise<Calibration> {
  if (new Set(plan.sizesPx).size < 2) {
    throw new FarmhandError('USAGE', `sizes ${plan.sizesPx.join(', ')}: expected at least two, for two coefficients`);
  }
  if (plan.trials < 1) throw new FarmhandError('USAGE', `trials ${plan.trials}: expected at least 1`);
  const trials = await measure(plan, { onTrial: () => undefined, ...tools });
  return analyse(plan, trials, await describeMachine());
}

async function describeMachine(): Promise<Calibration['machine']> {
  const { default: sharp } = await import('sharp');
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    node: process.version,
    sharp: sharp.versions.sharp,
  };
}

/** The files that a calibration leaves. */
export interface CalibrationFiles {
  readonly results: string;
  readonly svg: string;
  readonly png: string;
}

/** Writes calibration_results.json, calibration_plot.svg and calibration_plot.png into `folder`, making it if need be. */
export async function writeCalibration(calibration: Calibration, folder: string): Promise<CalibrationFiles> {
  const files = {
    results: join(folder, 'calibration_results.json'),
    svg: join(folder, 'calibration_plot.svg'),
    png: join(folder, 'calibration_plot.png'),
  };
  const figure = await renderFigure(plotCalibration(calibration));
  await mkdir(folder, { recursive: true });
  await writeFile(files.results, `${JSON.stringify(calibration, null, 2)}\n`);
  await writeFile(files.svg, figure.svg);
  await writeFile(files.png, figure.png);
  return files;
}
