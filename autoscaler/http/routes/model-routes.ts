import { z } from 'zod';
import { FarmhandError } from '#shared/errors.ts';
import { MODEL_FILE_MOST_BYTES } from '../../model-store/caps.ts';
import { figuresSchema, lineageSchema, modelId } from '../../model-store/lineage.ts';
import { decodeModelFile } from '../../model-store/model-file.ts';
import type { ModelStore, StoredModel } from '../../model-store/model-store.ts';
import { route, type HttpRoute } from '../route.ts';

const tag = 'models';

const modelShown = z.strictObject({
  id: modelId,
  name: z.string(),
  version: z.int().min(0).describe('0: it ships with Farmhand.'),
  agent: z.string(),
  createdAt: z.number().nullable().describe('When it was stored: farm time, ms since 1970; null: it ships.'),
  bytes: z.int().describe('Of its file.'),
  figures: figuresSchema.describe('On held-out seeds; null: it was not evaluated.'),
  lineage: lineageSchema,
  promoted: z.boolean().describe('Its name stands for it.'),
});

const promotionShown = z.strictObject({
  id: modelId,
  version: z.int(),
  at: z.number(),
  by: z.enum(['promote', 'rollback']),
});

const params = z.strictObject({
  id: z.string().max(200, 'expected an id, name@version or a name').describe('An id, name@version, or a name.'),
});

/** Trained models: what there is, what its names stand for, and how to bring one along or take one away. */
export function modelRoutes({ models }: { models: ModelStore }): HttpRoute[] {
  return [
    route(
      {
        ...{ method: 'GET', path: '/models', tag, guarded: false },
        summary: 'Stored models, newest first, then those that ship',
        answers: { 200: { description: 'Without numbers.', schema: z.strictObject({ models: z.array(modelShown) }) } },
      },
      async () => ({ models: await models.list() }),
    ),
    route(
      {
        ...{ method: 'GET', path: '/models/:id', tag, guarded: false },
        summary: 'One model, and what its name stood for',
        params,
        answers: {
          200: {
            description: '`history`: promotions and rollbacks of its name, newest first.',
            schema: z.strictObject({ ...modelShown.shape, history: z.array(promotionShown) }),
          },
        },
      },
      async ({ params: { id } }) => {
        const { stored } = await models.get(id);
        return { ...stored, history: await models.history(stored.name) };
      },
    ),
    route(
      {
        ...{ method: 'GET', path: '/models/:id/download', tag, guarded: false },
        summary: "The model's file, whole: it can be uploaded to another farm",
        params,
        answers: { 200: { description: 'JSON that carries its own checksum.', contentType: 'application/json' } },
      },
      async ({ params: { id }, reply }) => {
        const { stored, bytes } = await models.get(id);
        return reply
          .type('application/json')
          .header('content-disposition', `attachment; filename="${stored.name}@${stored.version}.json"`)
          .send(Buffer.from(bytes));
      },
    ),
    route(
      {
        ...{ method: 'POST', path: '/models', tag, guarded: true },
        summary: 'Upload a model',
        rawBody: {
          contentType: 'application/json',
          description: 'A file as `download` gives it. One that is there already stays the version that it is.',
          mostBytes: MODEL_FILE_MOST_BYTES,
        },
        answers: {
          201: {
            description: 'It is stored as the next version of its name; nothing decides by it yet.',
            schema: modelShown,
          },
          409: { description: 'The store is full of promoted models.' },
        },
      },
      async ({ request, reply }) => reply.status(201).send(await upload(models, request.body)),
    ),
    route(
      {
        ...{ method: 'POST', path: '/models/:id/promote', tag, guarded: true },
        summary: 'From now on its name stands for this model',
        description: 'PUT policy may use the name. Who decides now stays who he is.',
        params,
        answers: { 200: { description: 'It does. Idempotent.', schema: modelShown } },
      },
      ({ params: { id } }) => models.promote(id),
    ),
    route(
      {
        ...{ method: 'POST', path: '/models/:id/rollback', tag, guarded: true },
        summary: 'The name stands for what it stood for before',
        params,
        answers: {
          200: { description: 'What it stands for now.', schema: modelShown },
          409: { description: 'There is nothing before it.' },
        },
      },
      ({ params: { id } }) => models.rollback(id),
    ),
  ];
}

/** @throws FIELD_INVALID for what is no model, with what was found and what is allowed */
async function upload(models: ModelStore, body: unknown): Promise<StoredModel> {
  try {
    return await models.put(decodeModelFile(Buffer.isBuffer(body) ? body : Buffer.alloc(0)));
  } catch (thrown) {
    if (!(thrown instanceof FarmhandError) || thrown.code !== 'MODEL_INVALID') throw thrown;
    throw new FarmhandError('FIELD_INVALID', `body: no model: ${thrown.message}`, { cause: thrown });
  }
}
