import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StepTime } from '#autoscaler/scaler/patience.ts';
import { SECOND } from '#shared/clock.ts';
import { loadConfig } from '#shared/config.ts';
import { assemble } from '../../scripts/assemble.ts';
import { readStack } from '../../scripts/assemble/stack-file.ts';
import { testRedis, type TestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { FunctionProcess } from './function-process.ts';

const root = join(import.meta.dirname, '..', '..');
const stack = readStack(join(root, 'stack.yml'), {});

/** What build/<fn> holds is what an image holds: each function of stack.yml is run from there, as it would be deployed. */
describe.each(Object.entries(stack.functions))('build/%s', (name, described) => {
  let redis: TestRedis;
  let folder: string;
  let fn: FunctionProcess;
  beforeAll(async () => {
    const [assembled] = assemble({ root, functions: [name] });
    redis = await testRedis();
    folder = mkdtempSync(join(tmpdir(), 'farmhand-stack-'));
    const secrets = {
      'redis-url': redis.url,
      'farm-token': 'a token of this test',
      'basic-auth-user': 'admin',
      'basic-auth-password': 'a password of this test',
    };
    for (const [secret, value] of Object.entries(secrets)) {
      if (described.secrets.includes(secret)) writeFileSync(join(folder, secret), value);
    }
    fn = new FunctionProcess(assembled!.folder, {
      ...described.environment,
      FARM_SECRETS_DIR: folder,
      FARM_FARM: redis.prefix,
      // Nothing listens there: whoever scales must bear it.
      FARM_GATEWAY_URL: 'http://127.0.0.1:9',
    });
    await fn.logged('serving');
  });
  afterAll(async () => {
    await fn[Symbol.asyncDispose]();
    await redis.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('becomes ready', async () => {
    await until(`${name} is ready`, async () => (await fn.request('/_/ready')).status === 200);
    expect(await fn.request('/_/health')).toMatchObject({ status: 200 });
  });

  it('knows the name that stack.yml deploys it by', () => {
    expect(fn.lines[0]).toMatchObject({ fn: name });
  });

  it('serves metrics, and names only its own beside those of the process', async () => {
    const { body } = await fn.request('/metrics');
    const names = [...String(body).matchAll(/^# TYPE (\w+)/gm)].map(([, metric]) => metric);
    expect(names).toContain('process_cpu_seconds_total');
    expect(names.filter((metric) => !/^(process_|nodejs_|farmhand_)/.test(metric!))).toEqual([]);
  });

  it('stops on SIGTERM within its grace', async () => {
    fn.child.kill('SIGTERM');
    expect(await fn.ended).toEqual({ code: 0, signal: null });
  });

  it('has said nothing of a secret, and met no defect', () => {
    expect(JSON.stringify(fn.lines)).not.toMatch(/of this test/);
    expect(fn.lines.filter((line) => line['code'] === 'INTERNAL')).toEqual([]);
  });
});

describe('stack.yml', () => {
  it.each(['emitter', 'collector', 'autoscaler'])('keeps %s at one instance', (fn) => {
    expect(stack.functions[fn]?.labels).toMatchObject({ 'com.openfaas.scale.min': '1', 'com.openfaas.scale.max': '1' });
  });

  it('names an image per function, with registry and tag from the environment', () => {
    const deployed = readStack(join(root, 'stack.yml'), { FARM_REGISTRY: 'registry.local:5001', FARM_TAG: 'abc' });
    const images = Object.entries(deployed.functions).map(([fn, { image }]) => [fn, image]);
    expect(images).toEqual(Object.keys(stack.functions).map((fn) => [fn, `registry.local:5001/${fn}:abc`]));
  });

  it('lets of-watchdog live until a worker has drained, and Kubernetes wait for both', () => {
    const watchdogS = Number(/^(\d+)s$/.exec(stack.functions['worker']!.environment['healthcheck_interval']!)![1]);
    const config = loadConfig(join(root, 'farm.yml'), {});
    expect(watchdogS).toBeGreaterThan(config.worker.graceS + 2);
    expect(watchdogS).toBeLessThan(30);
  });

  it('lets of-watchdog live until the autoscaler has ended what it asked of the platform', () => {
    const { environment } = stack.functions['autoscaler']!;
    const watchdogMs = SECOND * Number(/^(\d+)s$/.exec(environment['healthcheck_interval'] ?? '')?.[1]);
    expect(watchdogMs).toBeGreaterThan(new StepTime(60).applyMs + 2 * SECOND);
    expect(watchdogMs).toBeLessThan(30 * SECOND);
  });

  it('gives every function a name of its own and a file system that it cannot write to', () => {
    for (const [fn, described] of Object.entries(stack.functions)) {
      expect(described).toMatchObject({ environment: { FARM_FUNCTION: fn }, readonly_root_filesystem: true });
    }
  });
});
