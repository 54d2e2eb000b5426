import type { Clock } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import type { Rng } from '#shared/rng.ts';
import type { ExitCode } from './exit-code.ts';
import type { Streams } from './writer.ts';

/** What main.ts hands to every command: the process's one set of real things. */
export interface Cli {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly environment: Environment;
  readonly streams: Streams;
  /** Standard input, for `submit -`. */
  readonly stdin: AsyncIterable<Buffer | string>;
  /** What stands after `farmhand`. */
  readonly args: readonly string[];
  /** Farmhand's own: '0.1.0'. */
  readonly version: string;
  /** Folder of farm.yml, stack.yml and the functions. */
  readonly root: string;
  /** Where the user stands: relative paths in arguments count from here. */
  readonly cwd: string;
  /** Aborts at the first SIGINT, SIGTERM or SIGHUP; its reason is an `Interrupted`. */
  readonly signal: AbortSignal;
  /** Notes how the process is to end. */
  readonly finish: (code: ExitCode) => void;
}
