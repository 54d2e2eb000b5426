import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { runtimeOption, withRuntime } from '../farm/runtime-option.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';

interface Options extends CommonOptions {
  readonly runtime?: string;
}

export function addUp(program: FarmhandCommand, cli: Cli): void {
  const command = program
    .add('up')
    .summary('start a farm on this machine, which stays up')
    .description(
      'Starts Redis (or uses REDIS_URL), an OpenFaaS-compatible gateway and the functions of stack.yml on this machine. The ' +
        "farm stays up until 'farmhand down'. Does nothing where a farm with the same configuration is up.",
    )
    .addOption(runtimeOption());
  runs(command, cli, async ({ options, output }: Request<[], Options>) => {
    const { ensureFarm } = await import('../../local/launcher.ts');
    const { pageOf } = await import('../farm/connect.ts');
    const { farm, started } = await ensureFarm({
      ...withRuntime(cli, options.runtime),
      tied: false,
      onStep: (step) => output.say(`${step} ...`),
    });
    const { url, pid } = farm;
    output.say(`The farm ${started ? 'is up' : 'was up already'} at ${url}`);
    output.say(`Page: ${pageOf(url)}`);
    output.say("Stop it with 'farmhand down'.");
    output.result({ url, page: pageOf(url), pid, started });
    return EXIT.ok;
  }).examples([
    ['farmhand up', 'the farm of farm.yml'],
    ['FARM_LOCAL_PORT=9090 farmhand up', 'the same on another port: FARM_<PATH> overrides a key of farm.yml'],
    ['farmhand up --runtime docker', 'each replica a container; npm run images builds the images'],
    ['REDIS_URL=redis://localhost:6379 farmhand up', 'on a Redis of yours; only the keys of this farm are touched'],
  ]);
}
