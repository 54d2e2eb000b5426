#!/usr/bin/env node
/**
 * A stand-in for of-watchdog 0.11.6 in its HTTP mode, for test images on machines that cannot pull the real one. It does what our images
 * rely on, after of-watchdog's documentation: starts `fprocess`, passes requests on to `upstream_url`, answers /_/health and
 * /_/ready, keeps /tmp/.lock, refuses more than `max_inflight`, bounds requests, and drains on SIGTERM. It is not of-watchdog: no
 * metrics, no other mode, no JWT. One file without imports of ours: it stands alone in an image, at /fwatchdog.
 */
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
// The image is its only environment; there is no clock and no configuration of the farm in here.
import { env } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const LOCK = join(env['TMPDIR'] ?? '/tmp', '.lock');
const UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Go's durations ('1h30m', '2.5s', '200ms'), or whole seconds. */
function durationMs(name: string, fallback: string): number {
  const text = env[name] ?? fallback;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) {
    throw new Error(`${name}: expected a duration such as 30s, got '${text}'`);
  }
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNITS_MS[unit] ?? 0), 0);
}

function required(name: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}

if (required('mode') !== 'http') throw new Error(`mode: this stand-in knows http only, got '${required('mode')}'`);
const upstream = new URL(required('upstream_url'));
const execTimeoutMs = durationMs('exec_timeout', '30s');
const readTimeoutMs = durationMs('read_timeout', '30s');
const writeTimeoutMs = durationMs('write_timeout', '30s');
const healthcheckIntervalMs = durationMs('healthcheck_interval', env['write_timeout'] ?? '30s');
const mostInFlight = Number(env['max_inflight'] ?? '0');
const readyPath = env['ready_path'] ?? '';

let accepting = false;
let inFlight = 0;

const log = (text: string): void => void process.stderr.write(`of-watchdog stand-in: ${text}\n`);
const answer = (response: ServerResponse, status: number, text = ''): void => {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
};

function forward(incoming: IncomingMessage, response: ServerResponse, path: string): void {
  const limit = AbortSignal.timeout(execTimeoutMs);
  const outgoing = request(
    {
      host: upstream.hostname,
      port: upstream.port,
      method: incoming.method,
      path,
      headers: incoming.headers,
      // 0 is no limit.
      ...(execTimeoutMs > 0 ? { signal: limit } : {}),
    },
    (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.on('error', () => response.destroy());
      answered.pipe(response);
    },
  );
  outgoing.on('error', (error) => answer(response, limit.aborted ? 504 : 502, error.message));
  // Whoever asked went away, or the answer took longer than write_timeout: the function need not go on.
  const cut = AbortSignal.timeout(writeTimeoutMs);
  cut.addEventListener('abort', () => response.destroy());
  response.once('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}

const server = createServer((incoming, response) => {
  const path = incoming.url ?? '/';
  if (path === '/_/health') {
    answer(response, accepting ? 200 : 503, accepting ? 'OK' : '');
    return;
  }
  if (path === '/_/ready' && (!accepting || readyPath === '')) {
    answer(response, accepting ? 200 : 503);
    return;
  }
  if (mostInFlight > 0 && inFlight >= mostInFlight) {
    answer(response, 429, `Concurrent request limit exceeded. Max concurrent requests: ${mostInFlight}\n`);
    return;
  }
  if (path === '/_/ready') {
    forward(incoming, response, readyPath);
    return;
  }
  inFlight += 1;
  response.once('close', () => (inFlight -= 1));
  forward(incoming, response, path);
});
server.requestTimeout = readTimeoutMs;

const [command = '', ...args] = required('fprocess').split(' ');
const child = spawn(command, args, { stdio: 'inherit' });
child.once('error', (error) => {
  log(`fprocess could not be started: ${error.message}`);
  process.exit(1);
});
child.once('exit', (code, signal) => {
  log(`the function's process ended: ${signal ?? `exit code ${String(code)}`}`);
  // After exit code 0 the real one stays until its own shutdown, and so do we.
  if (code !== 0) process.exit(1);
});

server.listen(Number(env['port'] ?? '8080'), () => {
  if (env['suppress_lock'] !== 'true') writeFileSync(LOCK, '');
  accepting = true;
});

async function drain(): Promise<void> {
  child.kill('SIGTERM');
  accepting = false;
  rmSync(LOCK, { force: true });
  await sleep(healthcheckIntervalMs);
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  await Promise.race([closed, sleep(writeTimeoutMs)]);
  process.exit(0);
}
process.once('SIGTERM', () => void drain());
process.once('SIGINT', () => void drain());
