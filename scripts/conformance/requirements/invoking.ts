import type { ApiAnswer, ApiRequest } from '../gateway-api.ts';
import type { Seen } from '../probe.ts';
import type { Requirement } from '../requirement.ts';
import { demand, NotApplicable } from '../unmet.ts';
import type { Trial } from '../trial.ts';
import { openCallback } from '../callback.ts';

/** Invoking functions, at once and later. */
export const invoking: readonly Requirement[] = [
  {
    name: 'invoke not found',
    async check(trial) {
      const { status } = await trial.api.call(`/function/${trial.name()}`);
      demand([404, 502].includes(status), `expected 404 or 502, got ${status}`);
    },
  },
  {
    name: 'invoke: method and body',
    async check(trial) {
      const service = await trial.deployReady();
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        const body = method === 'GET' ? {} : { body: `of ${method}` };
        const { seen } = await invoke(trial, service, { method, ...body, headers: { 'content-type': 'text/plain' } });
        demand(seen.method === method, `method: expected ${method}, the function saw ${seen.method}`);
        demand(
          seen.body === null || seen.body === (body.body ?? ''),
          `${method}: the function saw the body ${JSON.stringify(seen.body)}`,
        );
      }
    },
  },
  {
    name: 'invoke: path and query',
    async check(trial) {
      const service = await trial.deployReady();
      const path = `${trial.probe.echoPath}/below%20it?a=1&b=%2F&a=2`;
      const answer = await trial.api.call(`/function/${service}${path}`);
      const { url } = read(trial, answer);
      demand(url === path, `expected ${path}, the function saw ${url}`);
    },
  },
  {
    name: 'invoke: name.namespace',
    async check(trial) {
      const service = await trial.deployReady();
      const { namespace = '' } = await trial.status(service);
      const { status } = await trial.api.call(`/function/${service}.${namespace}${trial.probe.echoPath}`);
      demand(status === 200, `/function/${service}.${namespace}: expected 200, got ${status}`);
    },
  },
  {
    name: 'invoke: X-Call-Id',
    async check(trial) {
      const service = await trial.deployReady();
      const made = await invoke(trial, service, {});
      const id = made.seen.headers['x-call-id'] ?? '';
      demand(id !== '', 'the function saw no X-Call-Id');
      demand(made.answer.headers.get('x-call-id') === id, 'the answer carries another X-Call-Id than the function saw');
      const another = await invoke(trial, service, {});
      demand(another.seen.headers['x-call-id'] !== id, 'two invocations have one X-Call-Id');
      const given = await invoke(trial, service, { headers: { 'x-call-id': 'given-by-the-caller' } });
      demand(
        given.seen.headers['x-call-id'] === 'given-by-the-caller',
        'an X-Call-Id that the caller gave is replaced',
      );
    },
  },
  {
    name: 'invoke: X-Start-Time',
    async check(trial) {
      const service = await trial.deployReady();
      const { seen } = await invoke(trial, service, {});
      const given = seen.headers['x-start-time'] ?? '';
      const seconds = Number(given) / 1e9;
      const off = Math.abs(seconds - trial.options.clock.farmTime() / 1000);
      demand(/^\d+$/.test(given), `expected nanoseconds since 1970, the function saw ${given === '' ? 'none' : given}`);
      demand(off < 3600, `expected nanoseconds since 1970, the function saw ${given}, ${off} s off`);
    },
  },
  {
    name: 'redirects passed through',
    async check(trial) {
      const { redirectPath } = trial.probe;
      if (redirectPath === null) throw new NotApplicable('the probe cannot redirect');
      const service = await trial.deployReady();
      const { status, headers } = await trial.api.call(`/function/${service}${redirectPath}`);
      const location = headers.get('location');
      demand(status === 302 && location === '/elsewhere', `expected 302 to /elsewhere, got ${status} to ${location}`);
    },
  },
  {
    name: 'async: accepted',
    async check(trial) {
      const service = await trial.deployReady();
      const answer = await callAsync(trial, service, {});
      demand(answer.status === 202, `expected 202, got ${answer.status}`);
      demand((answer.headers.get('x-call-id') ?? '') !== '', 'the answer has no X-Call-Id');
    },
  },
  {
    name: 'async: callback',
    async check(trial) {
      const { callbackHost, readyWithinMs } = trial.options;
      if (callbackHost === null) throw new NotApplicable('the gateway cannot reach this program; give --callback-host');
      const service = await trial.deployReady();
      const callback = await openCallback(callbackHost);
      try {
        const answer = await callAsync(trial, service, { 'x-callback-url': callback.url });
        const told = await callback.next(readyWithinMs);
        const header = (name: string): string => [told.headers[name] ?? ''].flat().join();
        demand(
          header('x-call-id') === answer.headers.get('x-call-id'),
          'the callback has another X-Call-Id than the 202',
        );
        demand(
          header('x-function-status') === '200',
          `X-Function-Status: expected 200, got ${header('x-function-status')}`,
        );
        demand(
          [service, `${service}.${(await trial.status(service)).namespace}`].includes(header('x-function-name')),
          `X-Function-Name: expected ${service}, got ${header('x-function-name')}`,
        );
        demand(Number(header('x-duration-seconds')) >= 0, 'X-Duration-Seconds: expected a number');
        const seen = trial.probe.seen(told.body);
        demand(
          seen.body === null || seen.body === 'later',
          `the callback's body tells of another request: ${told.body.slice(0, 200)}`,
        );
      } finally {
        await callback.close();
      }
    },
  },
];

/** The echo of a request that must be answered with 200. */
async function invoke(trial: Trial, service: string, request: ApiRequest): Promise<{ answer: ApiAnswer; seen: Seen }> {
  const answer = await trial.api.call(`/function/${service}${trial.probe.echoPath}`, request);
  return { answer, seen: read(trial, answer) };
}

function read(trial: Trial, answer: ApiAnswer): Seen {
  demand(answer.status === 200, `expected 200, got ${answer.status} ${answer.text.slice(0, 200)}`);
  return trial.probe.seen(answer.text);
}

async function callAsync(trial: Trial, service: string, headers: Record<string, string>): Promise<ApiAnswer> {
  const answer = await trial.api.call(`/async-function/${service}${trial.probe.echoPath}`, {
    method: 'POST',
    body: 'later',
    headers: { 'content-type': 'text/plain', ...headers },
  });
  if (answer.status === 404) throw new NotApplicable('the gateway has no asynchronous invocations');
  return answer;
}
