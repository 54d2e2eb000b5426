import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../local/free-port.ts';
import { watchdogSource } from '../../scripts/images/stand-ins.ts';
import { serveTool, type ServingTool } from '../openfaas/support/real-tool.ts';
import { projectNode } from '../support/project-node.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

/** A function for the watchdog: it answers /wait when it is told to stop, and ends with the exit code that it is told. */
const upstream = `
const { createServer } = require('node:http');
let answer = () => undefined;
const server = createServer((request, response) => {
  if (request.url === '/wait') {
    answer = () => response.end('waited');
    process.stdout.write('in hand\\n');
  }
  else if (request.url.startsWith('/exit/')) process.exit(Number(request.url.slice(6)));
  else if (request.url === '/ready') response.writeHead(request.headers['x-unready'] ? 503 : 200).end();
  else response.end(request.method + ' ' + request.url);
}).listen(Number(process.env.PORT), '127.0.0.1');
process.once('SIGTERM', () => {
  answer();
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
`;

interface Watched extends ServingTool {
  readonly lock: string;
  get(path: string, headers?: object): Promise<Response>;
}

async function watch(env: Record<string, string> = {}): Promise<Watched> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'fwatchdog'), watchdogSource(), { mode: 0o755 });
  writeFileSync(join(folder, 'function.cjs'), upstream);
  const [port, own] = [await freePort(), await freePort()];
  const tool = serveTool(projectNode, {
    cwd: folder,
    args: ['fwatchdog'],
    env: {
      mode: 'http',
      fprocess: `${projectNode} function.cjs`,
      upstream_url: `http://127.0.0.1:${own}`,
      PORT: String(own),
      port: String(port),
      ready_path: '/ready',
      healthcheck_interval: '30m',
      write_timeout: '30s',
      // Where its lock file is.
      TMPDIR: folder,
      ...env,
    },
  });
  onTestFinished(() => tool[Symbol.asyncDispose]());
  const get = async (path: string, headers = {}): Promise<Response> =>
    await fetch(`http://127.0.0.1:${port}${path}`, { headers });
  await until('it is ready', async () => (await get('/_/ready').catch(() => null))?.status === 200);
  return { ...tool, get, lock: join(folder, '.lock') };
}

test('passes requests on, is healthy, and ready as the function is', async () => {
  const watchdog = await watch();
  expect(await (await watchdog.get('/some/path?q=1')).text()).toBe('GET /some/path?q=1');
  expect((await watchdog.get('/_/health')).status).toBe(200);
  expect((await watchdog.get('/_/ready', { 'x-unready': '1' })).status).toBe(503);
});

test('SIGTERM: tells the function, answers what is in hand, and exits with 0', async () => {
  const watchdog = await watch({ healthcheck_interval: '100ms' });
  const waited = watchdog.get('/wait');
  await until('the request is in hand', () => watchdog.lines.includes('in hand'));
  watchdog.kill('SIGTERM');
  expect(await (await waited).text()).toBe('waited');
  expect(await watchdog.ended).toEqual({ code: 0, signal: null });
});

test('SIGTERM: is healthy no more, and stays for its interval although the function has ended', async () => {
  const watchdog = await watch();
  watchdog.kill('SIGTERM');
  await until('the function has ended', () => watchdog.lines.some((line) => line.endsWith('exit code 0')));
  expect((await watchdog.get('/_/health')).status).toBe(503);
});

test('dies with a function that fails', async () => {
  const watchdog = await watch();
  await watchdog.get('/exit/3').catch(() => undefined);
  expect(await watchdog.ended).toEqual({ code: 1, signal: null });
});

test('refuses more than max_inflight, and what takes longer than exec_timeout', async () => {
  const watchdog = await watch({ max_inflight: '1', exec_timeout: '1s' });
  const waiting = watchdog.get('/wait');
  const refused = await until('one is in hand', async () => {
    const response = await watchdog.get('/');
    return response.status === 429 ? response : null;
  });
  expect(await refused.text()).toContain('Max concurrent requests: 1');
  expect((await waiting).status).toBe(504);
});

test.each([
  ['mode', { mode: 'streaming' }, 'mode: this stand-in knows http only'],
  ['a duration', { exec_timeout: 'soon' }, "exec_timeout: expected a duration such as 30s, got 'soon'"],
  ['a command', { fprocess: '' }, 'fprocess is not set'],
])('says what is wrong with %s', async (_, env, message) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'fwatchdog'), watchdogSource());
  const tool = serveTool(projectNode, {
    cwd: folder,
    args: ['fwatchdog'],
    env: { mode: 'http', fprocess: 'true', upstream_url: 'http://127.0.0.1:9', ...env },
  });
  expect((await tool.ended).code).not.toBe(0);
  expect(tool.lines.join('\n')).toContain(message);
});

test('keeps a lock file while it serves', async () => {
  const watchdog = await watch();
  expect(existsSync(watchdog.lock)).toBe(true);
  watchdog.kill('SIGTERM');
  await until('it is gone', () => !existsSync(watchdog.lock));
});
