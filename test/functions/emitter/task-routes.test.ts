import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerErrors } from '#shared/http-errors.ts';
import { Sfc32 } from '#shared/rng.ts';
import { addTaskRoutes } from '../../../functions/emitter/task-routes.ts';
import { openTestFarm, type TestFarm } from '../../support/farm.ts';

let farm: TestFarm;
let app: FastifyInstance;
beforeEach(async () => {
  farm = await openTestFarm('queue: {maxBlobBytes: 4096, maxBlobTotalBytes: 4096}');
  app = Fastify();
  answerErrors(app);
  addTaskRoutes(app, { ...farm, rng: new Sfc32('tasks'), authorise: async () => undefined });
});
afterEach(async () => {
  await app.close();
  await farm.close();
});

async function submit(tasks: readonly object[]): Promise<{ status: number; body: Record<string, unknown> }> {
  const reply = await app.inject({ method: 'POST', url: '/tasks', payload: [...tasks] });
  return { status: reply.statusCode, body: reply.json() };
}

function withBytes(id: string, text: string): object {
  return { id, kind: 'image', blobBase64: Buffer.from(text).toString('base64') };
}

describe('an id that one request names twice', () => {
  it('is accepted once, with the bytes that came first, and named as a duplicate', async () => {
    const reply = await submit([withBytes('a', 'first'), { id: 'b', kind: 'image' }, withBytes('a', 'second')]);
    expect(reply).toMatchObject({ status: 202, body: { accepted: ['a', 'b'], duplicates: ['a'] } });
    expect(String(await farm.blobs.get('a'))).toBe('first');
    expect(await submit([withBytes('a', 'third')])).toMatchObject({ body: { accepted: [], duplicates: ['a'] } });
    expect(String(await farm.blobs.get('a'))).toBe('first');
  });
});

describe('a request that is refused', () => {
  it('leaves no bytes behind, so that it may be repeated until there is room', async () => {
    await farm.blobs.put('other', Buffer.alloc(2_000));
    const both = ['a', 'b'].map((id) => withBytes(id, 'x'.repeat(1_500)));
    expect(await submit(both)).toMatchObject({ status: 507, body: { error: { code: 'BLOBS_FULL' } } });
    expect((await farm.blobs.usage()).bytes).toBe(2_000);
    await farm.blobs.delete('other');
    expect(await submit(both)).toMatchObject({ body: { accepted: ['a', 'b'] } });
  });

  it('leaves the bytes of a task that got in all the same, its answer lost', async () => {
    const { inbox } = farm;
    const submitOnce = inbox.submit.bind(inbox);
    inbox.submit = async (messages) => {
      await submitOnce(messages);
      throw new Error('the connection is closed');
    };
    expect((await submit([withBytes('a', 'bytes')])).status).toBe(500);
    expect(String(await farm.blobs.get('a'))).toBe('bytes');
  });
});
