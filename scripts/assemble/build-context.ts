import { readdirSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { FarmhandError } from '#shared/errors.ts';
import type { Stack, StackFunction } from './stack-file.ts';

/** Where faas-cli puts the handler below the template, unless template.yml says otherwise; ours does not. */
const HANDLER_FOLDER = 'function';

/** A build context's files: path below build/<fn> → the file it is copied from, both with the system's separators. */
export type BuildContext = ReadonlyMap<string, string>;

/**
 * What `faas-cli build --shrinkwrap` lays out for one function (go-sdk builder.go, CreateBuildContext): the template;
 * over it, in function/, the handler's entries except those called build and template; over them `configuration.copy`.
 * Later files win; links are followed.
 */
export function buildContext(root: string, fn: StackFunction, copy: Stack['configuration']['copy']): BuildContext {
  const context = new Map<string, string>();
  addTree(context, '', existing(join(root, 'template', fn.lang), `template '${fn.lang}'`));
  const handler = existing(resolve(root, fn.handler), `handler '${fn.handler}'`);
  for (const name of readdirSync(handler)) {
    if (name !== 'build' && name !== 'template') addTree(context, join(HANDLER_FOLDER, name), join(handler, name));
  }
  for (const path of copy) {
    const source = existing(inScope(root, path), `configuration.copy '${path}'`);
    addTree(context, join(HANDLER_FOLDER, path), source);
  }
  return context;
}

function addTree(context: Map<string, string>, target: string, source: string): void {
  if (!statSync(source).isDirectory()) {
    context.set(target, source);
    return;
  }
  for (const name of readdirSync(source)) addTree(context, join(target, name), join(source, name));
}

function existing(path: string, what: string): string {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return path;
  throw new FarmhandError('CONFIG_INVALID', `stack.yml: ${what}: ${path} does not exist`);
}

/** faas-cli refuses to copy from outside the project, and the whole project. */
function inScope(root: string, path: string): string {
  const source = resolve(root, path);
  const below = relative(resolve(root), source);
  if (below !== '' && below !== '..' && !below.startsWith(`..${sep}`)) return source;
  throw new FarmhandError('CONFIG_INVALID', `stack.yml: configuration.copy '${path}': expected a path below ${root}`);
}
