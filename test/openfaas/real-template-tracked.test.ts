import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { findTool, runTool } from './support/real-tool.ts';

const project = join(import.meta.dirname, '../..');
const faasCli = findTool('faas-cli');

/** What `faas-cli new` and `local-run` do to .gitignore: a line for each that is not there, at the end (commands/update_gitignore.go). */
function ignoreAsFaasCli(root: string): void {
  const file = join(root, '.gitignore');
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  for (const name of ['template', 'build', '.secrets']) if (!lines.includes(name)) lines.push(name);
  writeFileSync(file, `${lines.join('\n')}\n`);
}

describe('a fresh clone’s template/ after `faas-cli new`', () => {
  let root: string;
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: root,
      encoding: 'utf8',
    });

  beforeEach(() => {
    root = temporaryFolder();
    for (const path of ['.gitignore', 'template', 'stack.yml'])
      cpSync(join(project, path), join(root, path), { recursive: true });
    git('init', '-q');
    git('add', '.');
    git('commit', '-q', '-m', 'clone');
  });

  /** Whoever adds a file to the template must see it in `git status`. */
  function demandTracked(): void {
    expect(git('ls-files', 'template').split('\n')).toEqual(
      expect.arrayContaining(['template/node-farm/Dockerfile', 'template/node-farm/index.ts']),
    );
    writeFileSync(join(root, 'template/node-farm/added.ts'), '');
    mkdirSync(join(root, 'test/template'), { recursive: true });
    writeFileSync(join(root, 'test/template/added.test.ts'), '');
    mkdirSync(join(root, 'template/pulled'));
    writeFileSync(join(root, 'template/pulled/template.yml'), '');
    const seen = git('status', '--porcelain', '--untracked-files=all');
    expect(seen).toContain('?? template/node-farm/added.ts');
    expect(seen).toContain('?? test/template/added.test.ts');
    expect(seen).not.toContain('template/pulled');
  }

  test('is tracked, with what faas-cli does to .gitignore', () => {
    ignoreAsFaasCli(root);
    demandTracked();
    expect(git('diff', '--name-only')).toBe('');
  });

  test('would not be without the lines that faas-cli looks for', () => {
    writeFileSync(join(root, '.gitignore'), 'node_modules/\n!template/\n');
    ignoreAsFaasCli(root);
    expect(() => demandTracked()).toThrow('template/node-farm/added.ts');
  });

  test.skipIf(faasCli === null)('is tracked, with the real faas-cli', async () => {
    const { status } = await runTool(faasCli!, ['new', '--lang', 'node-farm', 'x', '--quiet'], { cwd: root });
    expect(status).toBe(0);
    expect(readFileSync(join(root, 'x/handler.ts'), 'utf8')).toBe(
      readFileSync(join(project, 'template/node-farm/function/handler.ts'), 'utf8'),
    );
    demandTracked();
    expect(git('diff', '--name-only')).toBe('');
  });
});
