import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { preProcessFile } from 'typescript';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../scripts/assemble.ts';
import { templatePackages } from '../../scripts/template-packages.ts';

const root = join(import.meta.dirname, '..', '..');
const template = join(root, 'template', 'node-farm');

interface Lock {
  readonly packages: Record<string, Record<string, unknown>>;
}
const lockOf = (folder: string): Lock => JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as Lock;

describe('template/node-farm', () => {
  it.each(['package.json', 'package-lock.json'])("has the %s that the root's gives (npm run template)", (name) => {
    expect(readFileSync(join(template, name), 'utf8')).toBe(templatePackages(root).get(name));
  });

  it("locks nothing but what the root's lock has, entry by entry", () => {
    const whole = lockOf(root).packages;
    const { '': self, ...packages } = lockOf(template).packages;
    expect(Object.keys(packages).length).toBeGreaterThan(20);
    for (const [path, entry] of Object.entries(packages)) {
      const { devOptional, ...rest } = whole[path] ?? {};
      expect([path, entry]).toEqual([path, devOptional === true ? { ...rest, optional: true } : whole[path]]);
    }
    expect(self?.['dependencies']).toEqual(readJson(join(template, 'package.json'))['dependencies']);
  });

  it("has no entry that the root flags by its own point of view, which the image's npm would then leave out", () => {
    const flagged = Object.entries(lockOf(template).packages).filter(
      ([, entry]) => entry['dev'] ?? entry['devOptional'] ?? entry['peer'],
    );
    expect(flagged).toEqual([]);
  });

  it('holds every package that a function imports', () => {
    const declared = Object.keys(readJson(join(template, 'package.json'))['dependencies'] as object);
    const imported = new Set(
      assemble({ root }).flatMap(({ folder }) => [...importedPackages(join(folder, 'index.ts'), folder)]),
    );
    expect([...imported].filter((name) => !declared.includes(name))).toEqual([]);
    expect(imported).toContain('fastify');
  });

  it('is not ignored by git, though faas-cli appends "template" to .gitignore', () => {
    for (const name of [...readdirSync(template), 'function/a-new-file.ts']) {
      const path = join('template', 'node-farm', name);
      // 1: not ignored. Without --no-index a tracked file would pass whatever .gitignore says.
      expect([path, spawnSync('git', ['check-ignore', '--no-index', '--quiet', path], { cwd: root }).status]).toEqual([
        path,
        1,
      ]);
    }
  });
});

function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}

/** Names of the packages that a process started at `entry` can come to import, over the files of its build context. */
function importedPackages(entry: string, folder: string): Set<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { fileName: specifier } of preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles) {
      if (specifier.startsWith('node:')) continue;
      if (specifier.startsWith('.')) visit(join(dirname(file), specifier));
      else if (specifier.startsWith('#shared/'))
        visit(join(folder, 'function/shared', specifier.slice('#shared/'.length)));
      else if (specifier.startsWith('#autoscaler/'))
        visit(join(folder, 'function', specifier.slice('#autoscaler/'.length)));
      else packages.add(specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'));
    }
  };
  visit(entry);
  return packages;
}
