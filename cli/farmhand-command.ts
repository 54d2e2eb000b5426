import { Command } from 'commander';
import { FarmhandError } from '#shared/errors.ts';
import type { Cli } from './cli.ts';
import type { ExitCode } from './exit-code.ts';
import { Output } from './output.ts';

/** Options that every command takes. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly debug?: boolean;
}

/** Commander's command, with our errors and with examples in its help. */
export class FarmhandCommand extends Command {
  override createCommand(name?: string): FarmhandCommand {
    return new FarmhandCommand(name);
  }

  /** A new command below this one; `usage` is its name and arguments: 'scale <workers>'. */
  add(usage: string): FarmhandCommand {
    return this.command(usage);
  }

  /** Every usage error is ours: one line that ends with where to read on. */
  override error(message: string): never {
    const sentence = message
      .replace(/^error: /, '')
      .replaceAll(/\s*\n\s*/g, ' ')
      .replace(/^command-argument value ('.*') is invalid for argument '(.*)'\./, '<$2> $1:')
      .replace(/^option '(.*)' argument ('.*') is invalid\./, '$1 $2:')
      .replace(/\.$/, '');
    throw new FarmhandError('USAGE', `${sentence}; see '${this.fullName} --help'`);
  }

  /** 'farmhand dead-letters retry' */
  get fullName(): string {
    const { parent } = this;
    return parent instanceof FarmhandCommand ? `${parent.fullName} ${this.name()}` : this.name();
  }

  /** Adds a section of examples below the options: each a command line and what it does. */
  examples(rows: readonly (readonly [string, string])[]): this {
    const width = Math.max(...rows.map(([line]) => line.length));
    const lines = rows.map(([line, what]) => `  $ ${line.padEnd(width)}   ${what}`);
    return this.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
  }
}

/** What a command's work is given: positional arguments and options as the command declares them. */
export interface Request<Arguments extends readonly unknown[] = [], Options extends CommonOptions = CommonOptions> {
  readonly args: Arguments;
  readonly options: Options;
  readonly output: Output;
}

/** Adds `--json` and `--debug`, and the work, which says with which exit code the process ends. */
export function runs(
  command: FarmhandCommand,
  cli: Cli,
  // Commander's types do not follow a command's declarations: each command names its own in its Request.
  work: (request: Request<never, never>) => Promise<ExitCode>,
): FarmhandCommand {
  return command
    .option('--json', 'print one JSON object as the last line of stdout; progress goes to stderr')
    .option('--debug', 'print the stack of an error')
    .action(async (...received: unknown[]) => {
      // Commander passes the arguments, then the options, then the command.
      const options = received.at(-2) as CommonOptions;
      const output = new Output(cli.streams, { json: options.json === true });
      cli.finish(await work({ args: received.slice(0, -2) as never, options: options as never, output }));
    });
}
