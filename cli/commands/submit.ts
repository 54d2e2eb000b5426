import { seconds } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import type { ExitCode } from '../exit-code.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';
import type { Output } from '../output.ts';

interface Options extends CommonOptions {
  readonly deadline?: number;
  readonly out?: string;
  readonly wait?: boolean;
}

export function addSubmit(program: FarmhandCommand, cli: Cli): void {
  const command = program
    .add('submit')
    .summary('give the farm pictures or tasks of your own')
    .description(
      'Submits tasks and prints their ids. A .json, .yml or .yaml file, or - for stdin, holds one task or a list of tasks ' +
        '({kind, payload, id, expectedServiceMs, deadlineMs}); any other file is a picture for an image task.',
    )
    .argument('<file...>', 'pictures, files of tasks, or -')
    .option('--deadline <s>', 'time from submission to result, for pictures and for tasks without one', seconds)
    .option('--out <dir>', 'where the thumbnails of pictures are written')
    .option('--wait', 'until every task has its result; exit code 1 if one has none');
  runs(command, cli, ({ args: [files], options, output }: Request<[string[]], Options>) =>
    submit(cli, { files, options, output }),
  ).examples([
    ['farmhand submit photos/*.jpg --out thumbnails --wait', 'pictures, and their thumbnails'],
    ['farmhand submit tasks.yml', 'tasks that you wrote'],
    [`echo '{"kind": "calibrated", "payload": {"serviceMs": 50}}' | farmhand submit -`, 'one from a program'],
  ]);
}

async function submit(
  cli: Cli,
  request: { files: readonly string[]; options: Options; output: Output },
): Promise<ExitCode> {
  const { withFarm } = await import('../farm/connect.ts');
  const { submitFiles } = await import('../submit/submit-files.ts');
  const { files, options, output } = request;
  return withFarm(cli, (http) => submitFiles(cli, { http, files, options, output }));
}
