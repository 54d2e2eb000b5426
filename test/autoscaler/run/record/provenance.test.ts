import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readGitRevision, readProvenance } from '#autoscaler/run/record/provenance.ts';

const COMMIT = 'a'.repeat(40);
let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'farmhand-provenance-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

describe('the git revision', () => {
  it.each([
    ['a branch', { '.git/HEAD': 'ref: refs/heads/main\n', '.git/refs/heads/main': `${COMMIT}\n` }, COMMIT],
    ['a detached HEAD', { '.git/HEAD': `${COMMIT}\n` }, COMMIT],
    [
      'a packed branch',
      {
        '.git/HEAD': 'ref: refs/heads/main\n',
        '.git/packed-refs': `# pack-refs\n${'b'.repeat(40)} refs/heads/x-main\n${COMMIT} refs/heads/main\n`,
      },
      COMMIT,
    ],
    [
      'a linked worktree',
      {
        '.git': 'gitdir: repo/worktrees/w\n',
        'repo/worktrees/w/HEAD': 'ref: refs/heads/side\n',
        'repo/worktrees/w/commondir': '../..\n',
        'repo/refs/heads/side': `${COMMIT}\n`,
      },
      COMMIT,
    ],
    ['a repository without a commit', { '.git/HEAD': 'ref: refs/heads/main\n' }, null],
    ['no repository', {}, null],
  ])('of %s', (_name, files, revision) => {
    write(files);
    expect(readGitRevision(root)).toBe(revision);
  });
});

describe('the digest of the sources', () => {
  it('tells an edit apart that no commit has, and no edit of a page', () => {
    write({ 'autoscaler/a.ts': 'export const a = 1;', 'shared/b.ts': '', 'docs/page.md': 'x' });
    const before = readProvenance(root, '1.0.0');
    write({ 'docs/page.md': 'y' });
    expect(readProvenance(root, '1.0.0')).toEqual(before);
    write({ 'autoscaler/a.ts': 'export const a = 2;' });
    expect(readProvenance(root, '1.0.0').sourcesSha256).not.toBe(before.sourcesSha256);
    expect(before.gitRevision).toBe('unknown');
  });
});
