import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/**
 * Writes template/node-farm/package.json and package-lock.json from the root's, so that an image installs exactly what was
 * tested here: the packages that functions import, at the versions of the root's lock, and what those need.
 */

/** What shared/, functions/, autoscaler/ (its function, not its experiments) and the host import. A test compares. */
const FUNCTION_PACKAGES = [
  ...[
    '@fastify/rate-limit',
    '@fastify/swagger-ui',
    '@kubernetes/client-node',
    'axios',
    'fastify',
    'ioredis',
    'pino',
    'prom-client',
    'sharp',
  ],
  ...['uplot', 'yaml', 'zod'],
];

const rootManifest = z.object({
  version: z.string(),
  license: z.string(),
  dependencies: z.record(z.string(), z.string()),
});

/** An entry of the lock is copied as it stands; only what it leads to is read. */
const rootLock = z.object({
  lockfileVersion: z.literal(3),
  packages: z.record(z.string(), z.record(z.string(), z.unknown())),
});

type Packages = z.infer<typeof rootLock>['packages'];

/** File name → text, for the two files. */
export function templatePackages(root: string): Map<string, string> {
  const manifest = rootManifest.parse(readJson(join(root, 'package.json')));
  const { lockfileVersion, packages } = rootLock.parse(readJson(join(root, 'package-lock.json')));

  const dependencies = Object.fromEntries(
    FUNCTION_PACKAGES.map((name) => [name, versionOf(name, manifest.dependencies)]),
  );
  const described = { name: 'farmhand-function', version: manifest.version, license: manifest.license };
  const engines = { node: '>=24' };
  const templateManifest = {
    ...described,
    private: true,
    type: 'module',
    engines,
    // index.ts and its neighbours find shared/ where `configuration.copy` puts it; function/package.json does it for the handler.
    imports: { '#shared/*': './function/shared/*' },
    dependencies,
  };
  const templateLock = {
    ...described,
    lockfileVersion,
    requires: true,
    packages: { '': { ...described, dependencies, engines }, ...reachable(packages, FUNCTION_PACKAGES) },
  };
  return new Map([
    ['package.json', asJson(templateManifest)],
    ['package-lock.json', asJson(templateLock)],
  ]);
}

function versionOf(name: string, dependencies: Record<string, string>): string {
  const version = dependencies[name];
  if (version === undefined) throw new Error(`package.json: functions import ${name}, but it is not in dependencies`);
  return version;
}

/** The entries of the root's lock that `names` lead to, in the lock's order. */
function reachable(packages: Packages, names: readonly string[]): Packages {
  const found = new Set<string>();
  const follow = (name: string, from: string): void => {
    const path = resolvePackage(packages, name, from);
    if (path === null || found.has(path)) return;
    found.add(path);
    const { dependencies, optionalDependencies, peerDependencies } = packages[path] ?? {};
    const next = Object.assign({}, dependencies, optionalDependencies, peerDependencies);
    for (const needed of Object.keys(next)) follow(needed, path);
  };
  for (const name of names) follow(name, '');
  return Object.fromEntries(
    Object.entries(packages).flatMap(([path, entry]) => (found.has(path) ? [[path, withoutDev(entry)]] : [])),
  );
}

/** What the root needs for development or optionally is, where there is no development, optional. */
function withoutDev(entry: Packages[string]): Packages[string] {
  const { devOptional, ...rest } = entry;
  return devOptional === true ? { ...rest, optional: true } : entry;
}

/** Where Node finds `name` from the package at `from`: the nearest node_modules upwards. Null: an optional one left out. */
function resolvePackage(packages: Packages, name: string, from: string): string | null {
  for (let at = from; ; at = at.slice(0, Math.max(at.lastIndexOf('/node_modules/'), 0))) {
    const path = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (path in packages) return path;
    if (at === '') return null;
  }
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  for (const [name, text] of templatePackages(root)) writeFileSync(join(root, 'template', 'node-farm', name), text);
}
