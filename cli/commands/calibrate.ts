import { wholeNumber, wholeNumbers } from '../arguments.ts';
import type { CalibrateOptions } from '../calibrate/run-calibration.ts';
import type { Cli } from '../cli.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';

type Options = CommonOptions & CalibrateOptions & { readonly live?: boolean };

export function addCalibrate(program: FarmhandCommand, cli: Cli): void {
  const command = program
    .add('calibrate')
    .summary("measure this machine's image times, or with --live a farm's own delays")
    .description(
      'Times the image kind on pictures of several sizes and fits time = a·size² + b. Writes calibration_results.json and ' +
        'its plot. With --live it measures a farm of its own instead: claims, collection, starts and drains, as the timing ' +
        'profile that the simulator takes. Wants a quiet machine: what else runs is measured too.',
    )
    .option('--live', "a farm's own delays instead of image times; writes timing_profile.json")
    .option(
      '--sizes <px,px,...>',
      'sides of the square pictures, 16 to 8192 px; default: 512,1024,2048,4096',
      wholeNumbers(16, 8192),
    )
    .option('--trials <n>', 'measurements of each size; default: 10', wholeNumber(1, 1000))
    .option(
      '--quick',
      'the smaller sizes and fewer trials, which is enough for the quick workload; with --live: less of all',
    )
    .option('--seed <n>', 'draws the pictures; default: 42', wholeNumber(0, 2 ** 31 - 1))
    .option('--out <dir>', "where the files go; default: calibration/ in the farm's state folder")
    .option('--apply', 'write the fit into farm.yml as workload.imageModel');
  runs(command, cli, async ({ options, output }: Request<[], Options>) => {
    if (options.live === true) {
      const { runLiveCalibration } = await import('../calibrate/run-live-calibration.ts');
      return runLiveCalibration(cli, options, output);
    }
    const { runCalibration } = await import('../calibrate/run-calibration.ts');
    return runCalibration(cli, options, output);
  }).examples([
    ['farmhand calibrate --quick --apply', 'a few seconds; the quick workload then fits this machine'],
    ['farmhand calibrate --sizes 256,512,1024 --trials 20 --out calibration', 'your own plan'],
    ['farmhand calibrate --live --out calibration', 'a minute and a half; the profile of a farm on this machine'],
  ]);
}
