import type { FarmConfig } from '#shared/config.ts';

/** One row of the table: what a key of farm.yml does. */
export interface ConfigEffect {
  /** Path in farm.yml: 'deadline.coefficient'. */
  readonly key: string;
  /** The value that it is changed to. */
  readonly to: unknown;
  /** Other keys that both sides of the comparison need, as YAML. */
  readonly given?: string;
  /** What is looked at, in a few words. */
  readonly shows: string;
  /** Looks at it: through the code that reads the key, with the configuration as it is loaded. */
  readonly effect: (config: FarmConfig) => unknown;
  /** With the default, and with the changed value. */
  readonly before: unknown;
  readonly after: unknown;
}
