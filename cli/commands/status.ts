import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { runs, type FarmhandCommand } from '../farmhand-command.ts';

export function addStatus(program: FarmhandCommand, cli: Cli): void {
  const command = program
    .add('status')
    .summary('functions, queues, policy and its last decision')
    .description('Shows what is deployed and ready, how much waits where, and what the autoscaler decided last.');
  runs(command, cli, async ({ output }) => {
    const { withFarm } = await import('../farm/connect.ts');
    const { readFarm, renderFarm } = await import('../render/status.ts');
    return withFarm(cli, async (http) => {
      const status = await readFarm(http);
      output.say(renderFarm(status).join('\n'));
      output.result(status);
      return EXIT.ok;
    });
  }).examples([
    ['farmhand status', 'a look at the farm'],
    ['watch farmhand status', 'one every two seconds'],
  ]);
}
