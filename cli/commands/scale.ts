import { Argument, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.ts';
import { wholeNumber } from '../arguments.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { EpisodeRequest, Prepared } from '../farm/autoscaler.ts';
import { runs, type FarmhandCommand, type Request } from '../farmhand-command.ts';
import { count } from '../format.ts';
import type { Output } from '../output.ts';

const FEWEST = 1;
const MOST = 32;

export function addScale(program: FarmhandCommand, cli: Cli): void {
  const command = program
    .add('scale')
    .summary('set the number of workers by hand, or give it back to the autoscaler')
    .description(
      `Brings the farm to so many workers (${FEWEST} to ${MOST}) and keeps it there: the autoscaler's policy becomes static-N. New ` +
        "workers start at once; those that go finish their task first. 'auto' goes back to the policy of farm.yml.",
    )
    .addArgument(
      new Argument('<workers>', `a whole number from ${FEWEST} to ${MOST}, or auto`).argParser(parseWorkers),
    );
  runs(command, cli, async ({ args: [workers], output }: Request<[number | 'auto']>) => {
    const { withFarm } = await import('../farm/connect.ts');
    const { AutoscalerClient } = await import('../farm/autoscaler.ts');
    return withFarm(cli, async (http) => {
      const autoscaler = new AutoscalerClient(http);
      if (workers !== 'auto') return reportScaled(await autoscaler.startEpisode(keepAt(workers), cli), output);
      const now = (await autoscaler.status()).workers?.granted;
      await autoscaler.startEpisode(now === undefined ? {} : goOnFrom(now), cli);
      const { policy } = await autoscaler.episode();
      output.say(`The autoscaler decides again, with ${policy}.`);
      output.result({ policy });
      return EXIT.ok;
    });
  }).examples([
    ['farmhand scale 8', 'eight workers, whatever the load'],
    ['farmhand scale auto', 'as many as the policy of farm.yml wants'],
  ]);
}

function parseWorkers(text: string): number | 'auto' {
  if (text === 'auto') return 'auto';
  try {
    return wholeNumber(FEWEST, MOST)(text);
  } catch {
    throw new InvalidArgumentError(`expected a whole number from ${FEWEST} to ${MOST}, or auto`);
  }
}

/** An episode that only ever wants `workers`; farm.yml's bounds do not bind whoever scales by hand. */
function keepAt(workers: number): EpisodeRequest {
  return {
    policy: `static-${workers}`,
    initialWorkers: workers,
    minWorkers: FEWEST,
    maxWorkers: MOST,
    maxScalingStep: MOST - FEWEST,
  };
}

/** farm.yml's settings from the workers that there are: going back to the policy changes nothing by itself. */
function goOnFrom(workers: number): EpisodeRequest {
  return { initialWorkers: workers };
}

function reportScaled({ requested, granted, ready }: Prepared, output: Output): ExitCode {
  output.say(`${count(ready, 'worker')} ready, ${requested} asked for.`);
  if (granted > requested) {
    output.say(`${count(granted - requested, 'worker')} more will go when they have finished their tasks.`);
  } else if (granted < requested) {
    output.remark(`The gateway grants ${granted}; OpenFaaS Community Edition gives no function more than 5.`);
  }
  output.say("The policy does not change that; 'farmhand scale auto' lets it decide again.");
  output.result({ requested, granted, ready });
  return granted < requested ? EXIT.workFailed : EXIT.ok;
}
