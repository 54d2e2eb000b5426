import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FunctionProcess } from './function-process.ts';
import { makeFunctions, type MadeFunctions } from './made-functions.ts';

const head = `
import { z } from 'zod';
import { FarmhandError } from '#shared/errors.ts';
import type { FarmFunction, Host } from '#shared/farm-function.ts';
import { parseRequest } from '#shared/http-errors.ts';
`;

const handlers = {
  plain: `${head}
    export default async function start(host: Host): Promise<FarmFunction> {
      let ready = true;
      return {
        routes(app) {
          app.get('/say', (request) => { request.log.info({ asked: true }, 'asked'); return { fn: host.fn }; });
          app.post('/count', (request) => ({ count: parseRequest(z.strictObject({ count: z.int('expected a whole number') }), request.body).count }));
          app.get('/busy', () => { throw new FarmhandError('CONFLICT', 'a run is on already; stop it first'); });
          app.get('/of/:id', (request) => request.params);
          app.get('/broken', () => { throw new TypeError('the password is hunter2'); });
          app.post('/drain', () => { ready = false; return {}; });
          app.get('/long', () => { host.log.info({ text: 'x'.repeat(100_000) }, 'long'); return {}; });
          app.get('/fall', () => { void Promise.reject(new Error('nobody waits for this')); return {}; });
        },
        ready: () => ready,
        async stop(graceMs) { host.log.info({ graceMs }, 'put away'); },
      };
    }`,
  // Starts when its file appears, so that a test sees it before and after.
  patient: `${head}
    import { watch } from 'node:fs';
    export default async function start(host: Host): Promise<FarmFunction> {
      host.log.info({}, 'waiting');
      await new Promise<void>((resolve) => { const watcher = watch(host.config.emitter.imageRoots[0]!, () => { watcher.close(); resolve(); }); });
      return { ready: () => true, async stop() {} };
    }`,
  // Never stops by itself.
  stubborn: `${head}
    export default async function start(host: Host): Promise<FarmFunction> {
      return { ready: () => true, stop: () => new Promise(() => host.log.info({}, 'holding on')) };
    }`,
  // Stops with an error.
  clumsy: `${head}
    export default async function start(): Promise<FarmFunction> {
      return { ready: () => true, stop: () => Promise.reject(new Error('Redis went away')) };
    }`,
  failing: `${head}
    export default async function start(): Promise<FarmFunction> {
      throw new FarmhandError('REDIS_REFUSED', 'Redis at 127.0.0.1:1 refuses the user or password; check REDIS_URL');
    }`,
  schematic: `${head}
    export default async function start(): Promise<FarmFunction> {
      return {
        routes: (app) => void app.get('/', { schema: { querystring: { type: 'object' } } }, () => ({})),
        ready: () => true,
        async stop() {},
      };
    }`,
  misspelt: `export default { start() {} };`,
  unparsable: `export default async function start( {`,
};

describe('the function host', () => {
  let functions: MadeFunctions;
  let shared: string;
  let environment: Record<string, string>;
  beforeAll(() => {
    functions = makeFunctions(handlers);
    shared = mkdtempSync(join(tmpdir(), 'farmhand-host-'));
    environment = { NODE_COMPILE_CACHE: join(shared, 'cache'), FARM_SECRETS_DIR: shared };
  });
  afterAll(() => {
    functions.remove();
    rmSync(shared, { recursive: true, force: true });
  });
  const launch = (fn: keyof typeof handlers, more: Record<string, string> = {}): FunctionProcess =>
    new FunctionProcess(functions.folder(fn), { ...environment, ...more });
  const postJson = (body: string): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });

  describe('while it serves', () => {
    let fn: FunctionProcess;
    beforeAll(async () => {
      fn = launch('plain', { FARM_FUNCTION: 'plain-2' });
      await fn.logged('serving');
    });
    afterAll(() => fn[Symbol.asyncDispose]());

    it('answers its probes', async () => {
      expect(await fn.request('/_/health')).toMatchObject({ status: 200, body: { alive: true } });
      expect(await fn.request('/_/ready')).toMatchObject({ status: 200, body: { ready: true } });
    });

    it('serves its own metrics in the Prometheus text format', async () => {
      const { status, headers, body } = await fn.request('/metrics');
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
      expect(body).toMatch(/^process_cpu_seconds_total \d/m);
      expect(body).toMatch(/^process_resident_memory_bytes \d/m);
    });

    it("serves the function's routes, under the name it is deployed by", async () => {
      expect(await fn.request('/say')).toMatchObject({ status: 200, body: { fn: 'plain-2' } });
    });

    interface Refused {
      readonly what: string;
      readonly path: string;
      readonly init?: RequestInit;
      readonly status: number;
      readonly code: string;
      readonly message: string;
    }
    it.each<Refused>([
      {
        what: 'an unknown route',
        path: '/nowhere?x=1',
        status: 404,
        code: 'NOT_FOUND',
        message: 'GET /nowhere: no such route',
      },
      {
        what: 'an unknown method',
        path: '/say',
        init: { method: 'DELETE' },
        status: 404,
        code: 'NOT_FOUND',
        message: 'DELETE /say: no such route',
      },
      {
        what: 'an address that cannot be decoded',
        path: '/%c0',
        status: 400,
        code: 'BODY_INVALID',
        message: "'/%c0' is not a valid url component",
      },
      {
        what: 'JSON that is cut short',
        path: '/count',
        init: postJson('{"count": 1'),
        status: 400,
        code: 'BODY_INVALID',
        message: 'JSON',
      },
      {
        what: 'an empty body',
        path: '/count',
        init: postJson(''),
        status: 400,
        code: 'BODY_INVALID',
        message: 'the request body is empty; expected JSON',
      },
      {
        what: 'a body that is not JSON',
        path: '/count',
        init: { method: 'POST', body: new Uint8Array(3) },
        status: 400,
        code: 'BODY_INVALID',
        message: 'send the body as application/json',
      },
      {
        what: 'a field of the wrong kind',
        path: '/count',
        init: postJson('{"count":"2"}'),
        status: 422,
        code: 'FIELD_INVALID',
        message: 'count: expected a whole number, got "2"',
      },
      {
        what: 'a body over the limit',
        path: '/count',
        init: postJson(`"${'x'.repeat(300_000)}"`),
        status: 413,
        code: 'BODY_TOO_LARGE',
        message: 'the request body is over the limit',
      },
      {
        what: "an error of the function's own",
        path: '/busy',
        status: 409,
        code: 'CONFLICT',
        message: 'a run is on already; stop it first',
      },
    ])('answers $what in the one form of errors', async ({ path, init, status, code, message }) => {
      const answer = await fn.request(path, init);
      const body = { error: { code, message: expect.stringContaining(message) as string } };
      expect(answer).toMatchObject({ status, body });
      expect(Object.keys(answer.body as object)).toEqual(['error']);
    });

    it.each([
      ['by its length', () => Buffer.alloc(1_000_000, 'x')],
      ['as it comes', () => new Blob(['x'.repeat(1_000_000)]).stream()],
    ])('lets a client send to its end what is too large, seen %s, so that it reads why', async (_, body) => {
      const { status, headers } = await fn.request('/count', { ...postJson(''), body: body(), duplex: 'half' });
      expect([status, headers.get('connection')]).not.toContain('close');
      expect(status).toBe(413);
    });

    it('finds what has a long id', async () => {
      const id = 'x'.repeat(128);
      expect(await fn.request(`/of/${id}`)).toMatchObject({ status: 200, body: { id } });
    });

    it('lets no browser guess what an answer is', async () => {
      for (const path of ['/say', '/nowhere', '/metrics']) {
        expect((await fn.request(path)).headers.get('x-content-type-options')).toBe('nosniff');
      }
    });

    it('tells a client nothing of a defect, and the log everything', async () => {
      const answer = await fn.request('/broken', { headers: { 'x-call-id': 'call-of-a-defect' } });
      expect(answer).toMatchObject({ status: 500, body: { error: { code: 'INTERNAL' } } });
      expect(JSON.stringify(answer.body)).not.toContain('hunter2');
      expect(await fn.logged('a request met a defect')).toMatchObject({
        level: 'error',
        callId: 'call-of-a-defect',
        error: { type: 'TypeError', stack: expect.stringContaining('handler.ts') as string },
      });
    });

    it("puts a request's call id into its lines and its answer", async () => {
      const { headers } = await fn.request('/say', { headers: { 'x-call-id': '6c9f7fd8-0001' } });
      expect(headers.get('x-call-id')).toBe('6c9f7fd8-0001');
      expect(await fn.logged('asked', '6c9f7fd8-0001')).toMatchObject({ fn: 'plain-2', asked: true });
    });

    it.each([
      ['missing', {}],
      ['far too long', { 'x-call-id': 'x'.repeat(129) }],
      ['not plain', { 'x-call-id': '{"a":1}' }],
    ])('makes a call id of its own for one that is %s', async (_, headers: Record<string, string>) => {
      const answer = await fn.request('/say', { headers });
      expect(answer.headers.get('x-call-id')).toMatch(/^[0-9a-f-]{36}$/);
    });

    it('never prints a line that would stop the watchdog from reading', async () => {
      await fn.request('/long');
      expect(await fn.logged('log line cut')).toMatchObject({ level: 'warn', bytes: expect.any(Number) as number });
      expect(Math.max(...fn.lines.map((line) => JSON.stringify(line).length))).toBeLessThan(16 * 1024);
    });

    it('is not ready when the function says so, and stays alive', async () => {
      await fn.request('/drain', { method: 'POST' });
      expect(await fn.request('/_/ready')).toMatchObject({
        status: 503,
        body: { ready: false, why: 'the function takes no work now' },
      });
      expect(await fn.request('/_/health')).toMatchObject({ status: 200 });
    });
  });

  it('is alive before it has started, says why it is not ready, and serves once it has', async () => {
    const gate = mkdtempSync(join(shared, 'gate-'));
    await using fn = launch('patient', { FARM_EMITTER_IMAGEROOTS: JSON.stringify([gate]) });
    await fn.logged('waiting');
    expect(await fn.request('/_/health')).toMatchObject({ status: 200 });
    expect(await fn.request('/_/ready')).toMatchObject({ status: 503, body: { ready: false, why: 'starting' } });
    expect(await fn.request('/metrics')).toMatchObject({ status: 503, body: { error: { code: 'NOT_READY' } } });
    writeFileSync(join(gate, 'open'), '');
    await fn.logged('serving');
    expect(await fn.request('/_/ready')).toMatchObject({ status: 200 });
    expect(await fn.request('/metrics')).toMatchObject({ status: 200 });
  });

  it.each([
    ['SIGTERM', (fn: FunctionProcess) => fn.child.kill('SIGTERM')],
    ['SIGINT', (fn: FunctionProcess) => fn.child.kill('SIGINT')],
    ['SIGHUP', (fn: FunctionProcess) => fn.child.kill('SIGHUP')],
    ['a SIGTERM after a SIGINT', (fn: FunctionProcess) => fn.child.kill('SIGINT') && fn.child.kill('SIGTERM')],
    ['the loss of its parent', (fn: FunctionProcess) => fn.child.disconnect()],
  ])('stops in order on %s', async (_, tell) => {
    await using fn = launch('plain', { FARM_WORKER_GRACES: '7' });
    await fn.logged('serving');
    tell(fn);
    expect(await fn.ended).toEqual({ code: 0, signal: null });
    expect(await fn.logged('put away')).toMatchObject({ graceMs: 7000 });
  });

  it('stops while it is still starting', async () => {
    await using fn = launch('patient', { FARM_EMITTER_IMAGEROOTS: JSON.stringify([shared]) });
    await fn.logged('waiting');
    fn.child.kill('SIGTERM');
    expect(await fn.ended).toEqual({ code: 0, signal: null });
  });

  it('answers while it stops, and is not ready', async () => {
    await using fn = launch('stubborn');
    await fn.logged('serving');
    fn.child.kill('SIGTERM');
    await fn.logged('holding on');
    expect(await fn.request('/_/ready')).toMatchObject({ status: 503, body: { ready: false, why: 'stopping' } });
    expect(await fn.request('/metrics')).toMatchObject({ status: 200 });
  });

  it('ends at once when the same signal comes again', async () => {
    await using fn = launch('stubborn');
    await fn.logged('serving');
    fn.child.kill('SIGTERM');
    await fn.logged('holding on');
    fn.child.kill('SIGTERM');
    expect(await fn.ended).toEqual({ code: 1, signal: null });
  });

  it('gives up on a function that does not stop within its grace, and says so', async () => {
    await using fn = launch('stubborn', { FARM_WORKER_GRACES: '0.2' });
    await fn.logged('serving');
    fn.child.kill('SIGTERM');
    expect(await fn.ended).toEqual({ code: 1, signal: null });
    await fn.logged('the function did not stop in time; its tasks go back when their leases expire');
  });

  it('says so when a function cannot stop in order', async () => {
    await using fn = launch('clumsy');
    await fn.logged('serving');
    fn.child.kill('SIGTERM');
    expect(await fn.ended).toEqual({ code: 1, signal: null });
    expect(
      await fn.logged('the function could not stop in order; its tasks go back when their leases expire'),
    ).toMatchObject({
      error: { message: 'Redis went away' },
    });
  });

  it('logs a rejection that nobody awaits and ends', async () => {
    await using fn = launch('plain');
    await fn.request('/_/health');
    await fn.logged('serving');
    await fn.request('/fall').catch(() => undefined);
    expect(await fn.ended).toEqual({ code: 1, signal: null });
    expect(fn.lines.at(-1)).toMatchObject({
      level: 'error',
      code: 'INTERNAL',
      message: 'a defect: nobody waits for this',
    });
  });

  interface Broken {
    readonly what: string;
    readonly fn: keyof typeof handlers;
    readonly environment?: Record<string, string>;
    readonly code: string;
    readonly message: string;
  }
  it.each<Broken>([
    {
      what: 'a start that fails',
      fn: 'failing',
      code: 'REDIS_REFUSED',
      message: 'cannot start: Redis at 127.0.0.1:1 refuses the user or password; check REDIS_URL',
    },
    {
      what: 'a route that fastify would have to validate',
      fn: 'schematic',
      code: 'INTERNAL',
      message: 'cannot start: a route declares a schema; read its request with parseRequest instead',
    },
    {
      what: 'a handler without a start',
      fn: 'misspelt',
      code: 'START_FAILED',
      message: 'cannot start: function/handler.ts: expected a default export, start(host)',
    },
    { what: 'a handler that is not TypeScript', fn: 'unparsable', code: 'INTERNAL', message: 'cannot start: ' },
    {
      what: 'a port that is none',
      fn: 'plain',
      environment: { PORT: '80b' },
      code: 'CONFIG_INVALID',
      message: "cannot start: PORT: expected a whole number from 0 to 65535, got '80b'",
    },
    {
      what: 'a configuration that cannot be read',
      fn: 'plain',
      environment: { FARM_FILE: '/nowhere/farm.yml' },
      code: 'CONFIG_INVALID',
      message: 'cannot start: /nowhere/farm.yml: cannot be read',
    },
    {
      what: 'a value that is not allowed',
      fn: 'plain',
      environment: { FARM_CONTROL_MINWORKERS: '0' },
      code: 'CONFIG_INVALID',
      message: 'control.minWorkers: expected a whole number',
    },
  ])('ends with one clear line after $what', async (broken) => {
    await using fn = launch(broken.fn, broken.environment);
    expect(await fn.ended).toEqual({ code: 1, signal: null });
    const message = expect.stringContaining(broken.message) as string;
    expect(fn.lines.filter((line) => line['level'] === 'error')).toEqual([
      expect.objectContaining({ code: broken.code, message }),
    ]);
  });

  it('says which port is taken and what to do', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const port = (holder.address() as { port: number }).port;
    await using fn = launch('plain', { PORT: String(port) });
    expect(await fn.ended).toEqual({ code: 1, signal: null });
    holder.close();
    expect(fn.lines.at(-1)).toMatchObject({
      code: 'PORT_IN_USE',
      message: `cannot start: port ${port} of 127.0.0.1 is taken; set PORT to another, or to 0 for any free one`,
    });
  });

  it('has a name of its own per process, unless it is given one', async () => {
    await using anonymous = launch('plain');
    await using named = launch('plain', { FARM_INSTANCE: 'plain-1' });
    expect((await anonymous.logged('serving'))['instance']).toMatch(/^plain-.+-[a-z0-9]{6}$/);
    expect((await named.logged('serving'))['instance']).toBe('plain-1');
  });
});
