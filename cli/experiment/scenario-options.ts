import type { FarmConfig } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { dispatchOrders } from '#shared/queue/lane-rule.ts';
import { loadWorkload } from '#shared/workload/load-workload.ts';
import type { Scenario } from '#autoscaler/run/scenario.ts';
import { scenarioByWishes, type Voice } from '#autoscaler/run/wishes/scenario-wishes.ts';
import { actionSetNames } from '#autoscaler/policy/action-set.ts';
import { timingProfileNames } from '#autoscaler/sim/profiles/catalogue.ts';
import { Option } from 'commander';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { oneOfNames, positive, seconds, wholeNumber } from '../arguments.ts';
import type { FarmhandCommand } from '../farmhand-command.ts';

/** What simulate, train, evaluate and compare take about the farm and the work in it. */
export interface ScenarioOptions {
  readonly workload: string;
  readonly profile: (typeof timingProfileNames)[number];
  readonly dispatch?: Scenario['dispatch'];
  readonly actions: Scenario['actions'];
  readonly lateCost?: number;
  readonly stepDuration?: number;
  readonly observationWindow?: number;
  readonly initialWorkers?: number;
  readonly minWorkers?: number;
  readonly maxWorkers?: number;
  readonly maxSteps?: number;
  readonly phaseShuffle?: boolean;
  readonly phaseShuffleSeed?: number;
  readonly live?: boolean;
}

const workers = wholeNumber(1, 32);

export function addScenarioOptions(command: FarmhandCommand): FarmhandCommand {
  return command
    .option('-w, --workload <name|file>', 'a workload by name, or a file that describes one', 'reference')
    .addOption(oneOfNames('--profile <name>', 'timing of the simulated farm', timingProfileNames))
    .addOption(
      new Option(
        '--dispatch <order>',
        'which waiting task comes next; default: fifo, as the reference does; live: as farm.yml says',
      ).choices(dispatchOrders),
    )
    .addOption(oneOfNames('--actions <set>', '-1, 0, +1; larger steps too; or any number of workers', actionSetNames))
    .option(
      '--late-cost <n>',
      'judge by worker-seconds, and a late task as so many; default: the reward of farm.yml',
      positive,
    )
    .option('--step-duration <s>', 'time between two decisions; default: as the workload says', seconds)
    .option('--observation-window <s>', 'time that an observation covers; default: as the workload says', seconds)
    .option('--initial-workers <n>', 'workers at the start; default: as the workload says', workers)
    .option('--min-workers <n>', 'the fewest that a policy may keep; default: farm.yml', workers)
    .option('--max-workers <n>', 'the most that a policy may keep; default: farm.yml', workers)
    .option(
      '--max-steps <n>',
      'steps after which an episode is cut off; default: as the workload says',
      wholeNumber(1, 1_000_000),
    )
    .option('--phase-shuffle', "take the workload's phases in an order of the seed's")
    .option('--phase-shuffle-seed <n>', 'a second seed for that order', wholeNumber(0, 2 ** 31 - 1))
    .option('--live', 'on a real farm instead of a simulated one: the one that is up, or one of its own');
}

/** @throws USAGE, UNKNOWN_WORKLOAD, WORKLOAD_INVALID */
export function scenarioOf(options: ScenarioOptions, { config, cwd }: { config: FarmConfig; cwd: string }): Scenario {
  const { stepDuration, observationWindow, ...wishes } = options;
  const named = resolve(cwd, options.workload);
  return scenarioByWishes(
    loadWorkload(existsSync(named) ? named : options.workload, config),
    { ...wishes, stepDurationS: stepDuration, observationWindowS: observationWindow },
    { config, voice },
  );
}

/** Wishes by their flags. */
const voice: Voice = {
  name: (wish) => `--${wish.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  refuse: (wish, { value, because }) =>
    new FarmhandError('USAGE', `${voice.name(wish)} ${JSON.stringify(value).replaceAll('"', '')}: ${because}`),
};
