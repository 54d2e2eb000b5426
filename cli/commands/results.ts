import { wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';

interface Options extends CommonOptions {
  readonly limit: number;
  readonly run?: string;
}

export function addResults(program: FarmhandCommand, cli: Cli): void {
  const command = program
    .add('results')
    .summary('completed tasks, newest first, or one task by its id')
    .description('Lists completed tasks, newest first; with an id, shows where that task is and its result in full.')
    .argument('[id]', 'a task')
    .option('-n, --limit <n>', 'at most so many', wholeNumber(1, 10_000), 20)
    .option('--run <run>', 'of this run alone');
  runs(command, cli, async ({ args: [id], options, output }: Request<[string | undefined], Options>) => {
    const { withFarm } = await import('../farm/connect.ts');
    const { CollectorClient } = await import('../farm/collector.ts');
    const { renderResults, renderTask } = await import('../render/results.ts');
    const { limit, run } = options;
    return withFarm(cli, async (http) => {
      const collector = new CollectorClient(http);
      if (id === undefined) {
        const page = await collector.results({ limit, ...(run !== undefined && { run }) });
        output.say(renderResults(page).join('\n'));
        output.result(page);
        return EXIT.ok;
      }
      const task = await collector.find(id);
      output.say(renderTask(id, task).join('\n'));
      output.result({ id, ...task });
      return task.state === 'unknown' ? EXIT.workFailed : EXIT.ok;
    });
  }).examples([
    ['farmhand results', 'the last twenty'],
    ['farmhand results task-3k9f', 'one in full'],
    ['farmhand results --run quick-a1b2c3 --limit 1000 --json', 'a whole run, for a program'],
  ]);
}
