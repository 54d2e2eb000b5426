import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { rmSync, chmodSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../scripts/assemble.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A project with two functions, of which one brings what faas-cli treats specially. */
const project = {
  'stack.yml': `
version: 1.0
provider: { name: openfaas, gateway: 'http://127.0.0.1:8080' }
functions:
  one: { lang: small, handler: ./functions/one, image: "one:1" }
  two: { lang: small, handler: ./two, image: "two:1" }
configuration: { copy: [./shared, ./farm.yml] }
`,
  'template/small/template.yml': 'language: small',
  'template/small/index.ts': 'host',
  'template/small/function/handler.ts': 'starter',
  'template/small/function/package.json': '{}',
  'functions/one/handler.ts': 'one',
  'functions/one/kinds/a.ts': 'a',
  'functions/one/build/left.ts': 'left out',
  'functions/one/template/left.ts': 'left out',
  'functions/one/kinds/build/kept.ts': 'only the handler’s own build and template are left out',
  'functions/one/node_modules/p/index.js': 'copied, as faas-cli does',
  'functions/one/shared/clock.ts': 'overwritten by configuration.copy',
  'two/package.json': '{"type":"module"}',
  'shared/clock.ts': 'clock',
  'shared/queue/lua/claim.lua': 'claim',
  'farm.yml': 'farm: test',
};

function write(root: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function makeProject(): string {
  const root = temporaryFolder();
  write(root, project);
  return root;
}

/** Path → text of every file below `folder`. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(paths.map((path) => [relative(folder, path), readFileSync(path, 'utf8')]));
}

describe('assemble', () => {
  it('lays out what faas-cli build --shrinkwrap does: template, then handler, then configuration.copy', () => {
    const root = makeProject();
    expect(assemble({ root }).map(({ fn, folder }) => [fn, relative(root, folder)])).toEqual([
      ['one', 'build/one'],
      ['two', 'build/two'],
    ]);
    const shared = {
      'function/farm.yml': 'farm: test',
      'function/shared/clock.ts': 'clock',
      'function/shared/queue/lua/claim.lua': 'claim',
    };
    const template = { 'index.ts': 'host', 'template.yml': 'language: small' };
    expect(contents(join(root, 'build', 'one'))).toEqual({
      ...template,
      ...shared,
      'function/handler.ts': 'one',
      'function/kinds/a.ts': 'a',
      'function/kinds/build/kept.ts': project['functions/one/kinds/build/kept.ts'],
      'function/node_modules/p/index.js': project['functions/one/node_modules/p/index.js'],
      'function/package.json': '{}',
    });
    expect(contents(join(root, 'build', 'two'))).toEqual({
      ...template,
      ...shared,
      'function/handler.ts': 'starter',
      'function/package.json': '{"type":"module"}',
    });
  });

  it('writes nothing when nothing changed', () => {
    const root = makeProject();
    assemble({ root });
    const file = join(root, 'build/one/function/handler.ts');
    const before = statSync(file);
    expect(assemble({ root }).map(({ changes }) => changes)).toEqual([0, 0]);
    expect(statSync(file)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
  });

  it('keeps the times of its sources, and leaves a file whose bytes are the same under another time', () => {
    const root = makeProject();
    utimesSync(join(root, 'shared/clock.ts'), 1_700_000_000, 1_700_000_000.25);
    assemble({ root });
    const file = join(root, 'build/one/function/shared/clock.ts');
    const { ino, mtimeMs } = statSync(file);
    expect(mtimeMs).toBe(1_700_000_000_250);
    utimesSync(join(root, 'shared/clock.ts'), 1_700_000_100, 1_700_000_100);
    expect(assemble({ root })[0]?.changes).toBe(0);
    expect(statSync(file).ino).toBe(ino);
  });

  it.each([
    {
      what: 'an edit of the same length',
      change: (root: string) => writeFileSync(join(root, 'functions/one/handler.ts'), 'eno'),
    },
    {
      what: 'a file that is gone',
      change: (root: string) => rmSync(join(root, 'functions/one/kinds'), { recursive: true }),
    },
    {
      what: 'a file where a folder was',
      change: (root: string) => {
        rmSync(join(root, 'functions/one/kinds'), { recursive: true });
        write(root, { 'functions/one/kinds': 'a file now' });
      },
    },
    {
      what: 'a folder where a file was',
      change: (root: string) => {
        rmSync(join(root, 'functions/one/kinds/a.ts'));
        write(root, { 'functions/one/kinds/a.ts/b.ts': 'b' });
      },
    },
    {
      what: 'something strange in build/',
      change: (root: string) => {
        write(root, { 'build/one/node_modules/q/index.js': 'installed by hand', 'build/one/left-over': '' });
        rmSync(join(root, 'build/one/index.ts'));
        symlinkSync('/etc/hostname', join(root, 'build/one/index.ts'));
      },
    },
    {
      what: 'another mode',
      change: (root: string) => chmodSync(join(root, 'functions/one/handler.ts'), 0o755),
    },
  ])('follows $what', ({ change }) => {
    const root = makeProject();
    assemble({ root });
    change(root);
    const [one] = assemble({ root });
    expect(one!.changes).toBeGreaterThan(0);
    const fresh = join(temporaryFolder(), 'fresh');
    assemble({ root, out: fresh });
    expect(contents(one!.folder)).toEqual(contents(join(fresh, 'one')));
    const modeIn = (folder: string): number => statSync(join(folder, 'one/function/handler.ts')).mode;
    expect(modeIn(join(root, 'build'))).toBe(modeIn(fresh));
    expect(assemble({ root })[0]?.changes).toBe(0);
  });

  it('replaces a file by rename, so that whoever has it open reads the old one to its end', () => {
    const root = makeProject();
    assemble({ root });
    const file = join(root, 'build/one/function/handler.ts');
    const { ino } = statSync(file);
    writeFileSync(join(root, 'functions/one/handler.ts'), 'a longer one');
    assemble({ root });
    expect(statSync(file).ino).not.toBe(ino);
    expect(readdirSync(join(root, 'build')).sort()).toEqual(['one', 'two']);
  });

  it('follows links in the project', () => {
    const root = makeProject();
    write(root, { 'elsewhere/kind.ts': 'linked' });
    symlinkSync(join(root, 'elsewhere'), join(root, 'functions/one/linked'));
    const [one] = assemble({ root });
    expect(contents(one!.folder)['function/linked/kind.ts']).toBe('linked');
  });

  it('assembles only what it is asked for', () => {
    const root = makeProject();
    assemble({ root, functions: ['two'] });
    expect(readdirSync(join(root, 'build'))).toEqual(['two']);
  });

  it.each([
    {
      what: 'an unknown function',
      functions: ['three'],
      message: "stack.yml has no function 'three'; it has one, two",
    },
    {
      what: 'a template that is not there',
      edit: ['lang: small', 'lang: large'],
      message: "stack.yml: template 'large'",
    },
    { what: 'a handler that is not there', edit: ['./two', './three'], message: "stack.yml: handler './three'" },
    {
      what: 'a copy from outside',
      edit: ['./shared', '../shared'],
      message: "configuration.copy '../shared': expected a path below",
    },
    { what: 'a copy of everything', edit: ['./shared', '.'], message: "configuration.copy '.': expected a path below" },
  ])('refuses $what', ({ functions, edit, message }) => {
    const root = makeProject();
    const [from = '', to = ''] = edit ?? [];
    writeFileSync(join(root, 'stack.yml'), project['stack.yml'].replaceAll(from, to));
    expect(() => assemble({ root, ...(functions === undefined ? {} : { functions }) })).toThrow(message);
  });
});
