import { z } from 'zod';
import { errorRegistry, type ErrorCode } from '#shared/errors.ts';
import { isEventStream, type Answer, type RouteContract } from '../route.ts';

/** What every error looks like. */
export const errorAnswer = z.strictObject({
  error: z.strictObject({
    code: z.enum(Object.keys(errorRegistry) as [ErrorCode, ...ErrorCode[]]),
    message: z.string().describe('For people: what failed, where, and what is allowed.'),
  }),
});

type Json = Record<string, unknown>;

const ERROR: Json = { $ref: '#/components/schemas/Error' };

/** Errors that a route may answer, by what it takes. */
const errors = {
  params: [404],
  body: [400, 413, 422],
  query: [422],
  guarded: [401, 403],
  any: [429, 500, 503],
} as const;

const meanings: Readonly<Record<number, string>> = {
  400: 'Malformed: not JSON, or not sent as JSON.',
  401: "The farm's token is missing or wrong.",
  403: 'A page of another site asked for it.',
  404: 'There is none; the message says what there is.',
  413: 'The body is over its limit.',
  422: 'A field breaks its schema; the message begins with its name.',
  429: 'Too many requests; `Retry-After` says for how many seconds.',
  500: 'A defect; the log has it under the call id.',
  503: 'Redis or the gateway does not answer, or the function is starting or stopping.',
};

export interface DocumentFacts {
  readonly version: string;
}

/** The OpenAPI 3.1 document of these routes, made of the very schemas that read their requests. */
export function openApiDocument(contracts: readonly RouteContract[], { version }: DocumentFacts): Json {
  const paths: Record<string, Json> = {};
  for (const contract of contracts) {
    const path = contract.path.replaceAll(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[contract.method.toLowerCase()] = operation(contract);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Farmhand autoscaler',
      version,
      description:
        'Observes a task farm, decides how many workers it keeps, and trains, judges and keeps the policies that decide. ' +
        "Reading is free; whatever changes anything needs the farm's token.",
      license: { name: 'MIT', identifier: 'MIT' },
    },
    // Relative to this document, so that it holds behind any gateway.
    servers: [{ url: '.' }],
    tags: [...new Set(contracts.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Error: jsonSchema(errorAnswer, 'output') },
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'The secret farm-token.' } },
    },
  };
}

function operation(contract: RouteContract): Json {
  const { summary, description, tag, guarded } = contract;
  const parameters = [
    ...parametersOf(contract.params, 'path'),
    ...parametersOf(contract.query, 'query'),
    ...(isEventStream(contract) ? [lastEventId] : []),
  ];
  return {
    operationId: operationId(contract),
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [tag],
    ...(guarded ? { security: [{ token: [] }] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...bodyOf(contract),
    responses: responsesOf(contract),
  };
}

/** 'POST /models/:id/promote' is postModelsIdPromote; 'GET /docs/', which is not '/docs', is getDocsIndex. */
function operationId({ method, path }: RouteContract): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  if (path.endsWith('/')) words.push('index');
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

const lastEventId: Json = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  description: 'The id of the last event that was seen: the stream goes on after it.',
  schema: { type: 'string' },
};

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, each]) => {
    const described = jsonSchema(each, 'output');
    return {
      name,
      in: place,
      required: place === 'path' || !each.safeParse(undefined).success,
      ...(each.description === undefined ? {} : { description: each.description }),
      schema: described,
    };
  });
}

function bodyOf({ body, rawBody }: RouteContract): Json {
  if (rawBody !== undefined) {
    const { contentType, description } = rawBody;
    return { requestBody: { required: true, description, content: { [contentType]: { schema: {} } } } };
  }
  if (body === undefined) return {};
  const required = !body.safeParse({}).success;
  return { requestBody: { required, content: { 'application/json': { schema: jsonSchema(body, 'input') } } } };
}

function responsesOf(contract: RouteContract): Json {
  const { answers, params, query, body, rawBody, guarded } = contract;
  const statuses = new Set<number>(errors.any);
  if (params !== undefined) for (const status of errors.params) statuses.add(status);
  if (body !== undefined || rawBody !== undefined) for (const status of errors.body) statuses.add(status);
  if (query !== undefined) for (const status of errors.query) statuses.add(status);
  if (guarded) for (const status of errors.guarded) statuses.add(status);
  const responses: Record<string, Json> = {};
  for (const status of [...statuses].sort()) {
    responses[status] = {
      description: meanings[status] ?? 'An error.',
      ...(status === 429 ? { headers: { 'Retry-After': { description: 'In s.', schema: { type: 'integer' } } } } : {}),
      content: { 'application/json': { schema: ERROR } },
    };
  }
  for (const [status, answer] of Object.entries(answers)) responses[status] = responseOf(Number(status), answer);
  return responses;
}

function responseOf(status: number, { description, schema, contentType, example }: Answer): Json {
  if (contentType !== undefined) return { description, content: { [contentType]: { schema: { type: 'string' } } } };
  if (schema === undefined) {
    return status < 400 ? { description } : { description, content: { 'application/json': { schema: ERROR } } };
  }
  const body = { schema: jsonSchema(schema, 'output'), ...(example === undefined ? {} : { example }) };
  return { description, content: { 'application/json': body } };
}

/** What JSON Schema has no word for (a check in code) is left out: it is told in the error. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const described: Json = { ...z.toJSONSchema(schema, { io, unrepresentable: 'any', target: 'draft-2020-12' }) };
  delete described['$schema'];
  return described;
}
