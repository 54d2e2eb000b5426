import { seconds, share, wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { addAgentOptions } from '../experiment/agent-options.ts';
import { addFolderOptions } from '../experiment/run-folder.ts';
import { addScenarioOptions } from '../experiment/scenario-options.ts';
import { addJobsOption, addSeedOption } from '../experiment/seed-options.ts';
import type { TrainCommandOptions } from '../experiment/train-settings.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';

const episodes = wholeNumber(1, 1_000_000);

export function addTrain(program: FarmhandCommand, cli: Cli): void {
  const command = program
    .add('train [agent]')
    .summary('train an agent: sarsa, dqn or cem')
    .description(
      'Trains an agent in the simulator, or with --live on a real farm. Checks the greedy policy now and then on seeds of its own, ' +
        'keeps the best model, and evaluates it on held-out seeds. Ctrl-C leaves a checkpoint that --resume goes on from, bit for bit.',
    )
    .option('--recipe <file>', 'all as this file says (models/recipes), but for --episodes, --late-cost and the seeds')
    .option('--episodes <n>', 'training episodes; default: 1000 for sarsa, 300 for dqn, 16000 for cem', episodes)
    .option('--agent-seeds <n>', 'independent trainings, each with a seed of its own', wholeNumber(1, 1000), 1)
    .option(
      '--checkpoint-every <n>',
      'episodes between two checks of the greedy policy; default: 10, for cem 1600',
      episodes,
    )
    .option('--eval-episodes <n>', 'episodes of a check; default: 30, live 3', wholeNumber(1, 100_000))
    .option(
      '--final-episodes <n>',
      'held-out episodes of the final evaluation; default: 100, live 5',
      wholeNumber(1, 100_000),
    )
    .option(
      '--qos-target <share>',
      'best is the model with the fewest workers that reaches this QoS; default: the one with the most reward',
      share,
    )
    .option('--time-limit <s>', 'end a training after so long', seconds)
    .option('--resume <dir>', 'go on with the training in this run directory; with --episodes, for longer')
    .option('--resume-model <dir>', "begin with this model's knowledge")
    .option('--resume-reset-hyperparams', "learn by farm.yml's and the flags' settings instead of the model's")
    .option('--resume-reset-epsilon', 'explore as at the beginning')
    .option('--plot-only <dir>', "draw a training's curves anew, and nothing else")
    .option('--no-plots', 'draw nothing');
  addAgentOptions(addJobsOption(addSeedOption(addScenarioOptions(addFolderOptions(command)))));
  runs(
    command,
    cli,
    async ({ args: [agent], options, output }: Request<[string | undefined], CommonOptions & TrainCommandOptions>) => {
      const { runTrain } = await import('../experiment/run-train.ts');
      return runTrain(cli, { agent, options }, output);
    },
  ).examples([
    ['farmhand train sarsa -w reference-as-coded --episodes 500', 'a few seconds'],
    [
      'farmhand train dqn --hidden-layers 64,64 --agent-seeds 10 --qos-target 0.99',
      'ten trainings, and how they differ',
    ],
    ['farmhand train --recipe models/recipes/sarsa.yml', 'as the shipped model was made'],
    ['farmhand train --resume runs/train-20260131T120000Z-1', 'goes on where Ctrl-C came'],
  ]);
}
