import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunDirectory, openRunDirectory } from '#autoscaler/run/record/run-directory.ts';

let parent = '';
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'farmhand-run-directory-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

const farmTimeMs = Date.UTC(2026, 0, 31, 12, 0, 5, 678);

describe('a run directory', () => {
  it('is named by kind, time and number, and never shared', () => {
    const names = Array.from({ length: 3 }, () =>
      basename(createRunDirectory(join(parent, 'runs'), { kind: 'train', farmTimeMs }).path),
    );
    expect(names).toEqual(['train-20260131T120005Z-1', 'train-20260131T120005Z-2', 'train-20260131T120005Z-3']);
  });

  it('writes a file whole, over the one that is there, and leaves no draft', () => {
    const directory = openRunDirectory(join(parent, 'mine'));
    directory.write('deep/file.txt', 'one');
    directory.write('deep/file.txt', 'two');
    directory.writeJson('data.json', { a: 1 });
    expect(readFileSync(directory.file('deep/file.txt'), 'utf8')).toBe('two');
    expect(readFileSync(directory.file('data.json'), 'utf8')).toBe('{\n  "a": 1\n}\n');
    expect(readdirSync(directory.file('deep'))).toEqual(['file.txt']);
  });

  it('that cannot be made is refused by name', () => {
    writeFileSync(join(parent, 'file'), '');
    expect(() => createRunDirectory(join(parent, 'file'), { kind: 'train', farmTimeMs })).toThrow(/file: the folder/);
  });
});
