import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { runs, type FarmhandCommand } from '../farmhand-command.ts';
import { count } from '../format.ts';

export function addDown(program: FarmhandCommand, cli: Cli): void {
  const command = program
    .add('down')
    .summary('stop the farm on this machine')
    .description(
      'Stops the functions (each finishes the task that it holds), the gateway, and the Redis that the farm started, and ' +
        'leaves no process. What was accepted and not done stays in Redis, for the next farm.',
    );
  runs(command, cli, async ({ output }) => {
    const { stopFarm } = await import('../../local/stop-farm.ts');
    const { wasUp, killed } = await stopFarm(cli);
    output.say(wasUp ? 'The farm is down.' : 'No farm was up.');
    if (killed > 0) {
      output.remark(
        `${count(killed, 'process')} did not stop in time and had to be killed; their tasks go to other workers.`,
      );
    }
    output.result({ wasUp, killed });
    return EXIT.ok;
  }).examples([['farmhand down', 'stop whatever is up here']]);
}
