import { FarmhandCommand } from './farmhand-command.ts';
import type { Cli } from './cli.ts';
import { addBench } from './commands/bench.ts';
import { addCalibrate } from './commands/calibrate.ts';
import { addChaos } from './commands/chaos.ts';
import { addCompare } from './commands/compare.ts';
import { addDeadLetters } from './commands/dead-letters.ts';
import { addDown } from './commands/down.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { addLogs } from './commands/logs.ts';
import { addResults } from './commands/results.ts';
import { addRun } from './commands/run.ts';
import { addScale } from './commands/scale.ts';
import { addSimulate } from './commands/simulate.ts';
import { addStatus } from './commands/status.ts';
import { addSubmit } from './commands/submit.ts';
import { addTrain } from './commands/train.ts';
import { addUp } from './commands/up.ts';
import { addValidate } from './commands/validate.ts';

const EXIT_CODES = `
Exit codes: 0 done; 1 some work has no result; 2 usage or configuration; 3 farm, gateway or Redis not
reachable; 70 a defect in Farmhand; 130 interrupted. docs/cli.md has the whole table.`;

/** All commands, in the order in which help lists them: a run first, then the standing farm, then virtual time and
 * learning, then measuring. */
export function createProgram(cli: Cli): FarmhandCommand {
  const { out, err } = cli.streams;
  const program = new FarmhandCommand('farmhand');
  program
    .description(
      'Deadline-bound work on an OpenFaaS task farm, with an autoscaler that decides how many workers to keep.',
    )
    .version(cli.version, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ showGlobalOptions: false })
    .helpCommand('help [command]', 'show the help of a command');
  addRun(program, cli);
  addUp(program, cli);
  addDown(program, cli);
  addStatus(program, cli);
  addScale(program, cli);
  addSubmit(program, cli);
  addResults(program, cli);
  addDeadLetters(program, cli);
  addLogs(program, cli);
  addSimulate(program, cli);
  addTrain(program, cli);
  addEvaluate(program, cli);
  addCompare(program, cli);
  addValidate(program, cli);
  addCalibrate(program, cli);
  addBench(program, cli);
  addChaos(program, cli);
  return program
    .examples([
      ['farmhand run --workload quick --policy reactive-average --once', 'one run, from nothing and back to nothing'],
      ['farmhand up && farmhand submit photos/*.jpg', 'a farm that stays, and some work for it'],
      ['farmhand run --help', 'what a command takes'],
    ])
    .addHelpText('after', EXIT_CODES);
}
