import { z } from 'zod';
import { functionDeployment } from '../deployment.ts';
import type { FunctionTable } from '../function-table.ts';
import { MOST_REPLICAS } from '../scale-rules.ts';
import { readJson } from './body.ts';
import { checkNamespace } from './namespace.ts';
import type { Call, Route } from './router.ts';

const door = { maxBytes: 1024 * 1024 };

const namespaceField = z.string('expected a namespace').nullish();

const deletion = z.object(
  { functionName: z.string('expected a function name'), namespace: namespaceField },
  'expected a JSON object',
);

const allowedReplicas = `expected a whole number from 0 to ${MOST_REPLICAS}`;
const scaling = z.object(
  {
    serviceName: z.string('expected a function name').nullish(),
    replicas: z.int(allowedReplicas).min(0, allowedReplicas).max(MOST_REPLICAS, allowedReplicas),
    namespace: namespaceField,
  },
  'expected a JSON object',
);

/** /system/functions, /system/function/:name and /system/scale-function/:name. */
export function functionRoutes({ table, namespace }: { table: FunctionTable; namespace: string }): Route[] {
  const inNamespace = ({ query }: Call): void => checkNamespace(query.get('namespace'), namespace);
  const deployment = async ({ request }: Call) => {
    const parsed = await readJson(request, functionDeployment, door);
    checkNamespace(parsed.namespace, namespace);
    return parsed;
  };
  return [
    {
      method: 'GET',
      path: '/system/functions',
      handle: (call) => {
        inNamespace(call);
        const usage = wantsUsage(call);
        return { status: 200, json: table.list().map((fn) => table.status(fn, { usage })) };
      },
    },
    {
      method: 'POST',
      path: '/system/functions',
      handle: async (call) => {
        table.create(await deployment(call));
        return { status: 202 };
      },
    },
    {
      method: 'PUT',
      path: '/system/functions',
      handle: async (call) => {
        table.update(await deployment(call));
        return { status: 202 };
      },
    },
    {
      method: 'DELETE',
      path: '/system/functions',
      handle: async (call) => {
        inNamespace(call);
        const body = await readJson(call.request, deletion, door);
        checkNamespace(body.namespace, namespace);
        table.remove(body.functionName);
        return { status: 202 };
      },
    },
    {
      method: 'GET',
      path: '/system/function/:name',
      handle: (call) => {
        inNamespace(call);
        return { status: 200, json: table.status(table.get(call.name), { usage: wantsUsage(call) }) };
      },
    },
    {
      method: 'POST',
      path: '/system/scale-function/:name',
      handle: async (call) => {
        inNamespace(call);
        const body = await readJson(call.request, scaling, door);
        checkNamespace(body.namespace, namespace);
        table.scale(call.name, body.replicas);
        return { status: 202 };
      },
    },
  ];
}

function wantsUsage({ query }: Call): boolean {
  return query.get('usage') === '1' || query.get('usage') === 'true';
}
