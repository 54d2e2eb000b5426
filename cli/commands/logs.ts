import { moment, wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';
import { interruptedCode } from '../interrupted.ts';

interface Options extends CommonOptions {
  readonly follow?: boolean;
  readonly tail?: number;
  readonly since?: { agoMs: number } | { atMs: number };
}

export function addLogs(program: FarmhandCommand, cli: Cli): void {
  const command = program
    .add('logs')
    .summary('what a function wrote')
    .description(
      "Shows a function's output: the last five minutes, unless --tail or --since says otherwise. With --json each line is " +
        'the JSON object that the gateway sent.',
    )
    .argument('<function>', 'emitter, worker, collector, autoscaler, or another function of stack.yml')
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option('-n, --tail <n>', 'at most the newest n lines', wholeNumber(0, 100_000))
    .option('--since <time>', 'only later lines: 2026-01-31T12:00:00Z, or how long ago: 90s, 15m, 2h, 1d', moment);
  runs(command, cli, async ({ args: [name], options, output }: Request<[string], Options>) => {
    const { withFarm } = await import('../farm/connect.ts');
    const { readLogs } = await import('../farm/logs.ts');
    const { renderLogLine } = await import('../render/log-line.ts');
    const { since, tail, follow = false } = options;
    const sinceMs = since && ('atMs' in since ? since.atMs : cli.clock.farmTime() - since.agoMs);
    return withFarm(cli, async (http) => {
      const query = { name, follow, ...(tail !== undefined && { tail }), ...(sinceMs !== undefined && { sinceMs }) };
      for await (const line of readLogs(http, query, cli)) {
        if (output.json) output.raw(line.raw);
        else output.say(renderLogLine(line));
      }
      return cli.signal.aborted ? interruptedCode(cli.signal) : EXIT.ok;
    });
  }).examples([
    ['farmhand logs worker --tail 20', 'the last lines of all workers'],
    ['farmhand logs autoscaler --follow', 'decisions as they are made'],
    ['farmhand logs emitter --since 1h --json', 'an hour, for a program'],
  ]);
}
