import { CommanderError } from 'commander';
import type { Cli } from './cli.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { describeFailure } from './failure.ts';
import { createProgram } from './program.ts';

/**
 * Runs one command line to its end. Never rejects: an error becomes its line on stderr (and, with `--json`, an object on
 * stdout) and its exit code.
 * @param args what stands after `farmhand`
 */
export async function runCommandLine(args: readonly string[], cli: Omit<Cli, 'args' | 'finish'>): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = createProgram({
    ...cli,
    args,
    finish: (code) => {
      exitCode = code;
    },
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    // Help and the version come as errors of commander's; help that nobody asked for means that a command is missing.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
    // Whatever breaks while we are being stopped is the stopping's doing.
    const cause: unknown = cli.signal.aborted ? cli.signal.reason : thrown;
    const failure = describeFailure(cause, { debug: args.includes('--debug') });
    cli.streams.err.write(`${failure.text}\n`);
    if (args.includes('--json')) cli.streams.out.write(`${JSON.stringify(failure.body)}\n`);
    return failure.exitCode;
  }
}
