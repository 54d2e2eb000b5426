import { z } from 'zod';
import { secretName } from '../deployment.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { readJson } from './body.ts';
import { checkNamespace } from './namespace.ts';
import type { Call, Route } from './router.ts';

/** Kubernetes' limit of a secret, in base64 with room for the name. */
const door = { maxBytes: 1.5 * 1024 * 1024, secret: true };

const named = z.object(
  { name: secretName, namespace: z.string('expected a namespace').nullish() },
  'the request body: expected a JSON object',
);

const valued = named
  .extend({ value: z.string('expected a string').nullish(), rawValue: z.base64('expected base64').nullish() })
  .transform(({ value, rawValue, ...rest }, context) => {
    if (typeof rawValue === 'string') return { ...rest, bytes: Buffer.from(rawValue, 'base64') };
    if (typeof value === 'string') return { ...rest, bytes: Buffer.from(value, 'utf8') };
    context.addIssue({ code: 'custom', path: ['value'], message: 'expected value (a string) or rawValue (base64)' });
    return z.NEVER;
  });

/** /system/secrets: names can be listed, values only written. */
export function secretRoutes({ store, namespace }: { store: SecretStore; namespace: string }): Route[] {
  const path = '/system/secrets';
  const read = async <Schema extends z.ZodType<{ namespace?: string | null | undefined }>>(
    { request, query }: Call,
    schema: Schema,
  ): Promise<z.output<Schema>> => {
    const body = await readJson(request, schema, door);
    checkNamespace(query.get('namespace') ?? body.namespace, namespace);
    return body;
  };
  return [
    {
      method: 'GET',
      path,
      handle: ({ query }) => {
        checkNamespace(query.get('namespace'), namespace);
        return { status: 200, json: store.names().map((name) => ({ name, namespace })) };
      },
    },
    {
      method: 'POST',
      path,
      handle: async (call) => {
        const { name, bytes } = await read(call, valued);
        store.create(name, bytes);
        return { status: 202 };
      },
    },
    {
      method: 'PUT',
      path,
      handle: async (call) => {
        const { name, bytes } = await read(call, valued);
        store.update(name, bytes);
        return { status: 202 };
      },
    },
    {
      method: 'DELETE',
      path,
      handle: async (call) => {
        const { name } = await read(call, named);
        store.remove(name);
        return { status: 202 };
      },
    },
  ];
}
