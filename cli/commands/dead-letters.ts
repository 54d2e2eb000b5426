import { FarmhandError } from '#shared/errors.ts';
import { wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { CollectorClient } from '../farm/collector.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';
import { count } from '../format.ts';
import type { Output } from '../output.ts';

interface ListOptions extends CommonOptions {
  readonly limit: number;
  readonly run?: string;
}

interface ChoiceOptions extends CommonOptions {
  readonly all?: boolean;
}

export function addDeadLetters(program: FarmhandCommand, cli: Cli): void {
  const group = program
    .add('dead-letters')
    .summary('tasks that could not be completed: list, retry, discard')
    .description('Tasks that could not be completed, each with the error of its last attempt.')
    .helpCommand(false);
  addList(group, cli);
  addChoice(group, cli, {
    name: 'retry',
    summary: 'put dead letters back to work',
    description:
      'Puts dead letters back into their lanes with their attempts forgotten; their deadlines stay as they were.',
    act: (collector, ids) => collector.retry(ids),
    done: (changed) => ({ sentence: `${count(changed, 'task')} back to work.`, result: { retried: changed } }),
  });
  addChoice(group, cli, {
    name: 'discard',
    summary: 'delete dead letters',
    description: 'Deletes dead letters and their payloads. This cannot be undone.',
    act: (collector, ids) => collector.discard(ids),
    done: (changed) => ({ sentence: `${count(changed, 'dead letter')} deleted.`, result: { discarded: changed } }),
  });
  group.examples([
    ['farmhand dead-letters list', 'what died, and why'],
    ['farmhand dead-letters retry --all', 'when the cause is gone'],
  ]);
}

function addList(group: FarmhandCommand, cli: Cli): void {
  const command = group
    .add('list')
    .summary('dead letters, newest first')
    .description('Lists dead letters, newest first.')
    .option('-n, --limit <n>', 'at most so many', wholeNumber(1, 10_000), 20)
    .option('--run <run>', 'of this run alone');
  runs(command, cli, async ({ options, output }: Request<[], ListOptions>) =>
    withCollector(cli, async (collector) => {
      const { renderLetterList } = await import('../render/letters.ts');
      const { limit, run } = options;
      const page = await collector.deadLetters({ limit, ...(run !== undefined && { run }) });
      if (page.total === 0) output.say('There are no dead letters.');
      else
        output.say(
          [...renderLetterList(page.letters), '', `${page.letters.length} of ${count(page.total, 'dead letter')}`].join(
            '\n',
          ),
        );
      output.result(page);
      return EXIT.ok;
    }),
  ).examples([['farmhand dead-letters list --limit 100', 'the last hundred']]);
}

interface Choice {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** Returns how many it changed. */
  readonly act: (collector: CollectorClient, ids: readonly string[] | 'all') => Promise<number>;
  readonly done: (changed: number) => { sentence: string; result: object };
}

function addChoice(group: FarmhandCommand, cli: Cli, choice: Choice): void {
  const command = group
    .add(choice.name)
    .summary(choice.summary)
    .description(choice.description)
    .argument('[ids...]', 'the tasks')
    .option('--all', 'every dead letter');
  runs(command, cli, async ({ args: [ids], options, output }: Request<[string[]], ChoiceOptions>) => {
    if (ids.length > 0 === (options.all === true)) {
      throw new FarmhandError('USAGE', `expected either ids or --all; see '${command.fullName} --help'`);
    }
    return withCollector(cli, async (collector) => {
      const changed = await choice.act(collector, options.all === true ? 'all' : ids);
      const { sentence, result } = choice.done(changed);
      output.say(sentence);
      return reportMissing({ changed, asked: ids.length }, output, result);
    });
  }).examples([
    [`farmhand dead-letters ${choice.name} task-3k9f task-8m2c`, 'these two'],
    [`farmhand dead-letters ${choice.name} --all`, 'every one'],
  ]);
}

function reportMissing(
  { changed, asked }: { changed: number; asked: number },
  output: Output,
  result: object,
): ExitCode {
  if (changed < asked)
    output.remark(`${asked - changed} of ${asked} ids are no dead letters; see 'farmhand dead-letters list'`);
  output.result(result);
  return changed < asked ? EXIT.workFailed : EXIT.ok;
}

async function withCollector(cli: Cli, work: (collector: CollectorClient) => Promise<ExitCode>): Promise<ExitCode> {
  const { withFarm } = await import('../farm/connect.ts');
  return withFarm(cli, async (http) => work(new CollectorClient(http)));
}
