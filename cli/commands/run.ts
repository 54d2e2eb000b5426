import type { Cli } from '../cli.ts';
import type { ExitCode } from '../exit-code.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';
import { seconds, wholeNumber } from '../arguments.ts';
import { runtimeOption, withRuntime } from '../farm/runtime-option.ts';
import type { Output } from '../output.ts';
import type { RunOptions } from '../run/plan.ts';

interface Options extends CommonOptions, RunOptions {
  readonly outputDir: string;
  readonly once?: boolean;
  readonly open?: boolean;
  readonly runtime?: string;
  readonly stallTimeout: number;
}

const workers = wholeNumber(1, 32);

export function addRun(program: FarmhandCommand, cli: Cli): void {
  const command = program
    .add('run')
    .summary('run a workload, or the images of a folder, on a farm')
    .description(
      'Runs a workload, or the images of a folder, on a farm: on the one that is up, or on one of its own that it stops at ' +
        'the end. Shows progress, then a summary in which every id that was submitted is accounted for.',
    )
    .option('-w, --workload <name|file>', 'a workload by name, or a file that describes one (docs/workloads.md)')
    .option(
      '-p, --policy <name>',
      'how the workers are scaled: a rule (reactive-average, static-N, ...), a model of models/, or best; default: farm.yml',
    )
    .option('--seed <n>', "draws the workload's tasks; default: farm.yml", wholeNumber(0, 2 ** 31 - 1))
    .option('--episodes <n>', 'so many, each with the next seed; default: 1', wholeNumber(1, 1000))
    .option('--images <dir>', 'each file below this folder becomes a task, instead of --workload')
    .option('--out <dir>', 'where the thumbnails of --images are written')
    .option('--once', 'end when the work is done; otherwise the farm stays up until Ctrl-C')
    .option('--open', 'open the page in a browser, where there is a desktop')
    .option('--initial-workers <n>', 'workers at the start, 1 to 32; default: as the workload says', workers)
    .option('--min-workers <n>', 'the fewest that the policy may keep; default: farm.yml', workers)
    .option('--max-workers <n>', 'the most that the policy may keep; default: farm.yml', workers)
    .addOption(runtimeOption())
    .option('--output-dir <dir>', 'where the run gets a folder of its own, with metrics and steps', 'runs')
    .option('--stall-timeout <s>', 'give the run up when nothing moves for so long', seconds, 120);
  runs(command, cli, ({ options, output }: Request<[], Options>) =>
    run(withRuntime(cli, options.runtime), options, output),
  ).examples([
    ['farmhand run --workload quick --policy reactive-average --once', 'twenty seconds of real images'],
    ['farmhand run -w reference -p static-15 --seed 7 --once --json', 'a baseline, for a program'],
    ['farmhand run -w reference -p best --episodes 5 --once', 'a trained policy, five seeds, mean and deviation'],
    ['farmhand run --images photos --out thumbnails --once', 'a thumbnail for each picture'],
    ['farmhand run -w my-workload.yml', 'your own; the page stays until Ctrl-C'],
  ]);
}

/** Loaded when it is needed: help and usage errors must not wait for Redis clients and the like. */
async function run(cli: Cli, options: Options, output: Output): Promise<ExitCode> {
  const { runOnFarm } = await import('../run/run-on-farm.ts');
  const { planRun } = await import('../run/plan.ts');
  const { choosePolicy } = await import('../run/choose-policy.ts');
  const { storedModel } = await import('../run/stored-model.ts');
  const { loadFarmSettings } = await import('../../local/farm-settings.ts');
  const { modelsFolder } = await import('../experiment/run-folder.ts');
  const { ModelFolder } = await import('#autoscaler/model-store/folder.ts');
  const { config } = loadFarmSettings(cli);
  const models = new ModelFolder(modelsFolder(cli));
  const plan = await choosePolicy(planRun(options, { config, cwd: cli.cwd }), {
    ...{ config, models },
    storedModel: (reference) => storedModel(cli, reference),
  });
  const folder = { outputDir: options.outputDir };
  return runOnFarm(cli, {
    plan,
    output,
    config,
    folder,
    once: options.once === true,
    open: options.open === true,
    patienceS: options.stallTimeout,
  });
}
