import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { hasPromtool, promtool } from './promtool.ts';

const read = (path: string): string => readFileSync(path, 'utf8');

describe('the values for the OpenFaaS chart', () => {
  const values = parse(read('kind/openfaas/values.yaml')) as Record<string, unknown>;
  const lines = read('test/kind/chart-keys.txt').split('\n');

  it('are keys that the chart documents', () => {
    expect(read('kind/steps/options.sh')).toContain(
      `CHART_VERSION=${lines.find((line) => line.startsWith('chart '))?.slice(6)}\n`,
    );
    expect(leaves(values).filter((key) => !lines.includes(key))).toEqual([]);
  });

  it('keep the gateway waiting for less than its own caller does', () => {
    const { readTimeout, writeTimeout, upstreamTimeout } = values['gateway'] as Record<string, string>;
    const [upstream, ...own] = [upstreamTimeout, readTimeout, writeTimeout].map((text) =>
      Number(/^(\d+)s$/.exec(text ?? '')?.[1]),
    );
    expect(upstream).toBeLessThan(Math.min(...own));
    // of-watchdog's own limits, in the image and for a function: what takes longer is cut off there, with an answer.
    const watchdogs = [
      ...`${read('template/node-farm/Dockerfile')}${read('stack.yml')}`.matchAll(/exec_timeout(?:=|: )"?(\d+)([sm])/g),
    ].map(([, time, unit]) => Number(time) * (unit === 'm' ? 60 : 1));
    expect(watchdogs.length).toBeGreaterThan(1);
    expect(upstream).toBeGreaterThan(Math.max(...watchdogs));
  });
});

/** `a.b` for every value; `resources` is a whole. */
function leaves(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null || path.endsWith('.resources')) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
}

describe('Redis', () => {
  const settingsOf = (file: string): readonly string[] =>
    read(file)
      .split('\n')
      .filter((line) => /^[a-z]/.test(line));
  const [plain, tls] = [settingsOf('kind/redis/base/redis.conf'), settingsOf('kind/redis/tls/redis.conf')];

  it.each([
    ['appendonly yes', 'a restart loses nothing'],
    ['save ""', 'a snapshot that fails stops no writes'],
    ['maxmemory-policy noeviction', 'no task is dropped'],
    ['include /etc/redis-secret/auth.conf', 'the password is in no argument'],
  ])('%s: %s', (setting) => {
    expect(plain).toContain(setting);
  });

  it('is the same with TLS, but for TLS', () => {
    expect(tls.filter((line) => !/^(port 0|tls-.*)$/.test(line))).toEqual(plain);
    expect(tls).toEqual(expect.arrayContaining(['port 0', 'tls-port 6379']));
  });

  it('has room for the rewrite of its append-only file', () => {
    const mebibytes = Number(/^maxmemory (\d+)mb$/m.exec(read('kind/redis/base/redis.conf'))?.[1]);
    const limit = Number(/limits: \{ .*memory: (\d+)Mi \}/.exec(read('kind/redis/base/redis.yaml'))?.[1]);
    expect(limit).toBeGreaterThanOrEqual(2 * mebibytes);
  });
});

test.each(
  readdirSync('kind', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('kustomization.yaml')),
)('%s names files that there are', (file) => {
  const folder = join('kind', file, '..');
  const { resources = [], configMapGenerator = [] } = parse(read(join('kind', file))) as {
    resources?: string[];
    configMapGenerator?: { files: string[] }[];
  };
  const named = [
    ...resources.filter((path) => !path.startsWith('https:')),
    ...configMapGenerator.flatMap(({ files }) => files),
  ];
  expect(named.filter((path) => !existsSync(join(folder, path)))).toEqual([]);
});

test('the cluster and its node are pinned, the node by digest', () => {
  expect(read('kind/cluster.yaml')).toMatch(/image: kindest\/node:v1\.\d+\.\d+@sha256:[0-9a-f]{64}\n/);
});

test.skipIf(!hasPromtool)('the scrape configuration is one (promtool)', () => {
  const config = parse(read('kind/monitoring/prometheus.yml')) as { scrape_configs: Record<string, unknown>[] };
  // Debian builds promtool without Kubernetes; the rest is checked.
  for (const job of config.scrape_configs) delete job['kubernetes_sd_configs'];
  const file = join(temporaryFolder(), 'prometheus.yml');
  writeFileSync(file, stringify(config));
  const { status, said } = promtool('check', 'config', file);
  expect(status, said).toBe(0);
});

const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0;
if (!hasShellcheck)
  console.warn('shellcheck is not on the PATH (Debian: apt-get install shellcheck); the scripts are not checked');

test.skipIf(!hasShellcheck)('shellcheck has nothing to say', () => {
  const scripts = ['kind', 'kind/steps', 'test/kind/bootstrap'].flatMap((folder) =>
    readdirSync(folder).flatMap((file) => (file.endsWith('.sh') ? [`${folder}/${file}`] : [])),
  );
  expect(scripts).toContain('kind/bootstrap.sh');
  // Each file by itself, without the ones that it sources: all at once takes ten times as long.
  const { status, stdout } = spawnSync('shellcheck', ['--exclude=SC1091', ...scripts], { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});
