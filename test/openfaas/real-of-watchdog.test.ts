import { writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../local/free-port.ts';
import { assemble } from '../../scripts/assemble.ts';
import { readStack } from '../../scripts/assemble/stack-file.ts';
import { projectNode } from '../support/project-node.ts';
import { testRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { watchdogEnvironment } from './support/image-environment.ts';
import { findTool, serveTool, type ServingTool } from './support/real-tool.ts';

const root = join(import.meta.dirname, '../..');
const watchdog = findTool('of-watchdog');
const stack = readStack(join(root, 'stack.yml'), {});

interface Watched extends ServingTool {
  get(path: string): Promise<Response>;
}

/** of-watchdog before an assembled function, with the image's environment and what stack.yml and the gateway add. */
async function watch(fn: string, env: Record<string, string> = {}): Promise<Watched> {
  const [assembled] = assemble({ root, functions: [fn] });
  const redis = await testRedis();
  const folder = temporaryFolder();
  const secrets = {
    'redis-url': redis.url,
    'farm-token': 'a token',
    'basic-auth-user': 'admin',
    'basic-auth-password': 'a',
  };
  for (const [name, value] of Object.entries(secrets)) writeFileSync(join(folder, name), value);
  const [port, upstream] = [await freePort(), await freePort()];
  const tool = serveTool(watchdog!, {
    cwd: assembled!.folder,
    env: {
      ...watchdogEnvironment(),
      ...stack.functions[fn]!.environment,
      // As in an image, where `node` is the image's.
      PATH: `${dirname(projectNode)}${delimiter}/usr/bin${delimiter}/bin`,
      healthcheck_interval: '2s',
      port: String(port),
      upstream_url: `http://127.0.0.1:${upstream}`,
      PORT: String(upstream),
      // Its lock file is in the temporary folder.
      TMPDIR: folder,
      FARM_SECRETS_DIR: folder,
      FARM_FARM: redis.prefix,
      FARM_GATEWAY_URL: 'http://127.0.0.1:9',
      ...env,
    },
  });
  onTestFinished(async () => {
    await tool[Symbol.asyncDispose]();
    await redis.close();
  });
  const get = async (path: string): Promise<Response> => await fetch(`http://127.0.0.1:${port}${path}`);
  await until(`of-watchdog says that ${fn} is ready: ${tool.lines.join('\n')}`, async () => {
    return (await get('/_/ready').catch(() => null))?.status === 200;
  });
  return { ...tool, get };
}

describe.skipIf(watchdog === null)('of-watchdog before each function', { timeout: 60_000 }, () => {
  test.each(Object.keys(stack.functions))('%s: healthy, ready, and on SIGTERM an exit in order', async (fn) => {
    const watched = await watch(fn);
    expect((await watched.get('/_/health')).status).toBe(200);
    watched.kill('SIGTERM');
    await until('it tells that it goes', async () => (await watched.get('/_/health')).status === 503);
    expect(await watched.ended).toEqual({ code: 0, signal: null });
  });

  test('a request in hand is answered after SIGTERM', async () => {
    const watched = await watch('demo');
    const answer = watched.get('/slow?ms=1500');
    await watched.get('/');
    watched.kill('SIGTERM');
    expect((await answer).status).toBe(200);
    expect(await watched.ended).toEqual({ code: 0, signal: null });
  });

  test('over max_inflight it says 429, and /_/ready no longer 200', async () => {
    const watched = await watch('demo', { max_inflight: '1' });
    const first = watched.get('/slow?ms=1500');
    await until('a second request is refused', async () => (await watched.get('/')).status === 429);
    expect((await watched.get('/_/ready')).status).not.toBe(200);
    expect((await first).status).toBe(200);
  });

  test('a line of any length passes', async () => {
    const watched = await watch('demo');
    expect((await watched.get('/')).status).toBe(200);
    expect(watched.lines.some((line) => line.includes('"serving"'))).toBe(true);
  });
});
