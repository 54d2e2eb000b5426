import { join } from 'node:path';
import { processEnvironment } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { buildContext } from './assemble/build-context.ts';
import { mirror } from './assemble/mirror.ts';
import { readStack } from './assemble/stack-file.ts';

interface AssembleOptions {
  /** The project: where stack.yml, template/ and the handlers lie. */
  readonly root: string;
  /** Defaults to build/ in the project, so that node_modules resolves upward as it does not in an image. */
  readonly out?: string;
  /** Names in stack.yml; defaults to all of them. */
  readonly functions?: readonly string[];
}

export interface AssembledFunction {
  readonly fn: string;
  /** What an image is built from and a local process runs in: index.ts is at its root. */
  readonly folder: string;
  /** Files written or removed to get there. */
  readonly changes: number;
}

/**
 * Lays out build/<fn> as `faas-cli build --shrinkwrap` does, without Docker and without faas-cli. Cheap to repeat: only
 * what differs is written, so processes that run from there are not disturbed.
 */
export function assemble(options: AssembleOptions): AssembledFunction[] {
  const { root, out = join(root, 'build') } = options;
  const stack = readStack(join(root, 'stack.yml'), processEnvironment());
  return (options.functions ?? Object.keys(stack.functions)).map((fn) => {
    const described = stack.functions[fn];
    if (described === undefined) {
      const known = Object.keys(stack.functions).join(', ');
      throw new FarmhandError('NOT_FOUND', `stack.yml has no function '${fn}'; it has ${known}`);
    }
    const folder = join(out, fn);
    return { fn, folder, changes: mirror(buildContext(root, described, stack.configuration.copy), folder) };
  });
}

if (import.meta.main) {
  const functions = process.argv.slice(2);
  const root = join(import.meta.dirname, '..');
  for (const { folder, changes } of assemble(functions.length > 0 ? { root, functions } : { root })) {
    console.log(`${folder}: ${changes === 0 ? 'up to date' : `${changes} changes`}`);
  }
}
