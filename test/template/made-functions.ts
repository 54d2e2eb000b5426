import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assemble } from '../../scripts/assemble.ts';

const repository = join(import.meta.dirname, '..', '..');

/** Functions made of a handler's text each, assembled like stack.yml's own. */
export interface MadeFunctions {
  /** build/<fn>, ready to run. */
  folder(fn: string): string;
  remove(): void;
}

/** @param handlers function name → handler.ts. `files` lie beside stack.yml; farm.yml is empty unless given. */
export function makeFunctions(handlers: Record<string, string>, files: Record<string, string> = {}): MadeFunctions {
  const root = mkdtempSync(join(tmpdir(), 'farmhand-functions-'));
  const build = join(repository, 'build');
  mkdirSync(build, { recursive: true });
  // In the repository's build/, so that packages resolve upward to its node_modules.
  const out = mkdtempSync(join(build, '.test-'));
  for (const name of ['template', 'shared']) symlinkSync(join(repository, name), join(root, name));
  for (const [name, text] of Object.entries({ 'farm.yml': '{}\n', ...files })) writeFileSync(join(root, name), text);
  const functions: Record<string, unknown> = {};
  for (const [fn, text] of Object.entries(handlers)) {
    mkdirSync(join(root, fn));
    writeFileSync(join(root, fn, 'handler.ts'), text);
    functions[fn] = { lang: 'node-farm', handler: `./${fn}`, image: `${fn}:test` };
  }
  const stack = {
    version: 1,
    provider: { name: 'openfaas', gateway: 'http://127.0.0.1:8080' },
    functions,
    configuration: { copy: ['./shared', './farm.yml'] },
  };
  writeFileSync(join(root, 'stack.yml'), JSON.stringify(stack));
  assemble({ root, out });
  return {
    folder: (fn) => join(out, fn),
    remove() {
      rmSync(root, { recursive: true, force: true });
      rmSync(out, { recursive: true, force: true });
    },
  };
}
