import { join, resolve } from 'node:path';
import { applyCalibration } from '#autoscaler/run/calibrate/apply.ts';
import { calibrate, writeCalibration, type CalibrationFiles } from '#autoscaler/run/calibrate/calibrate.ts';
import type { Calibration } from '#autoscaler/run/calibrate/calibration.ts';
import { fullCalibration, quickCalibration, type CalibrationPlan } from '#autoscaler/run/calibrate/plan.ts';
import { stateFolder } from '../../local/state-folder.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { renderCalibration } from '../render/calibration.ts';
import { startBar } from '../bar.ts';

export interface CalibrateOptions {
  readonly sizes?: number[];
  readonly trials?: number;
  readonly quick?: boolean;
  readonly seed?: number;
  readonly out?: string;
  readonly apply?: boolean;
}

/** Measures, fits, writes, shows, and applies where it was asked to. @throws Interrupted, USAGE, CONFIG_INVALID */
export async function runCalibration(cli: Cli, options: CalibrateOptions, output: Output): Promise<ExitCode> {
  const calibration = await measure(cli, planOf(options), output);
  const folder = options.out === undefined ? join(stateFolder(cli).path, 'calibration') : resolve(cli.cwd, options.out);
  const files = await writeCalibration(calibration, folder);
  output.say(renderCalibration(calibration).join('\n'));
  output.say(`\nWritten: ${Object.values(files).join(', ')}`);
  const applied = options.apply === true ? await apply(cli, calibration, output) : null;
  output.result(resultOf(calibration, files, applied));
  return EXIT.ok;
}

function planOf({ sizes, trials, quick, seed }: CalibrateOptions): CalibrationPlan {
  const base = quick === true ? quickCalibration : fullCalibration;
  return { sizesPx: sizes ?? base.sizesPx, trials: trials ?? base.trials, seed: seed ?? base.seed };
}

async function measure(cli: Cli, plan: CalibrationPlan, output: Output): Promise<Calibration> {
  output.say(`Timing ${plan.trials} pictures of each of ${plan.sizesPx.join(', ')} px ...`);
  const bar = startBar(output, { total: plan.sizesPx.length * plan.trials, unit: 'pictures' });
  try {
    return await calibrate(plan, { ...cli, onTrial: ({ done }) => bar.update(done) });
  } finally {
    bar.stop();
  }
}

/** Returns the file that was changed. */
async function apply(cli: Cli, { model }: Calibration, output: Output): Promise<string> {
  const file = resolve(cli.root, cli.environment['FARM_FILE'] ?? 'farm.yml');
  await applyCalibration(file, model);
  output.say(`Applied: workload.imageModel of ${file}. A farm that is up keeps what it started with.`);
  return file;
}

function resultOf(
  { plan, machine, model, sizes }: Calibration,
  files: CalibrationFiles,
  applied: string | null,
): object {
  return { plan, machine, model, sizes, files, applied };
}
