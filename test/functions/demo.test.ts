import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { assemble } from '../../scripts/assemble.ts';
import { FunctionProcess } from '../template/function-process.ts';

describe('the demo function', () => {
  let demo: FunctionProcess;
  beforeAll(async () => {
    const [assembled] = assemble({ root: join(import.meta.dirname, '..', '..'), functions: ['demo'] });
    demo = new FunctionProcess(assembled!.folder, { FARM_INSTANCE: 'demo-1' });
    await demo.logged('serving');
  });
  afterAll(() => demo[Symbol.asyncDispose]());

  it('answers with what it was asked, and keeps a caller’s credentials to itself', async () => {
    const { status, body } = await demo.request('/a/b?x=1&y=2', {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'user-agent': 'test', authorization: 'Bearer me', cookie: 'a=b' },
      body: '{"n":[1]}',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      fn: 'demo',
      instance: 'demo-1',
      method: 'PUT',
      path: '/a/b',
      query: { x: '1', y: '2' },
      headers: { 'content-type': 'application/json', 'user-agent': 'test' },
      body: { n: [1] },
    });
    expect(Object.keys((body as { headers: object }).headers)).not.toEqual(expect.arrayContaining(['authorization']));
    expect(JSON.stringify(body)).not.toMatch(/Bearer|a=b/);
  });

  it('waits as long as it is told', async () => {
    const { body } = await demo.request('/slow?ms=60');
    expect((body as { waitedMs: number }).waitedMs).toBeGreaterThanOrEqual(59);
  });

  it.each(['-1', '10001', 'long'])('refuses to wait for %s ms', async (ms) => {
    expect(await demo.request(`/slow?ms=${ms}`)).toMatchObject({
      status: 422,
      body: { error: { code: 'FIELD_INVALID', message: `ms: expected milliseconds from 0 to 10000, got "${ms}"` } },
    });
  });

  it('ends a wait early when it is told to stop', async () => {
    const waiting = demo.request('/slow?ms=10000');
    await demo.request('/'); // the wait was sent before this
    demo.child.kill('SIGTERM');
    expect(await waiting).toMatchObject({ status: 200 });
    expect(await demo.ended).toEqual({ code: 0, signal: null });
  });
});
