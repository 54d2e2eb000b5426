import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { parseRequest } from '#shared/http-errors.ts';

/** One way in which a route answers, for the document at openapi.json. */
export interface Answer {
  readonly description: string;
  /** Of a JSON body; absent: another type, or none. */
  readonly schema?: z.ZodType;
  /** Of a body that is not JSON. */
  readonly contentType?: string;
  /** What a client may see, held against `schema` by a test. */
  readonly example?: unknown;
}

/** What a route takes and gives. The schemas that stand here are those that requests are parsed by: there are no others. */
export interface RouteContract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As fastify writes it: '/runs/:id'. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  /** Of a JSON body; a request without a body is read as `{}`. */
  readonly body?: z.ZodType;
  /** Of a body that is taken as it comes, in bytes. */
  readonly rawBody?: { readonly contentType: string; readonly description: string; readonly mostBytes: number };
  /** It changes something: it needs the farm's token, and a browser must come from the farm's own page. */
  readonly guarded: boolean;
  /** By status. Errors that any route may answer need not be named. */
  readonly answers: Readonly<Record<number, Answer>>;
}

/** Whether it answers with server-sent events. */
export function isEventStream({ answers }: RouteContract): boolean {
  return answers[200]?.contentType === 'text/event-stream';
}

/** A request whose parts have been read by the contract's schemas. */
export interface Asked<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** A route that can be added to a server. */
export interface HttpRoute {
  readonly contract: RouteContract;
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

/** A contract, and what answers to it. @throws FIELD_INVALID at a request that breaks a schema, before `handle` */
export function route<Params = null, Query = null, Body = null>(
  contract: RouteContract & {
    readonly params?: z.ZodType<Params>;
    readonly query?: z.ZodType<Query>;
    readonly body?: z.ZodType<Body>;
  },
  handle: (asked: Asked<Params, Query, Body>) => unknown,
): HttpRoute {
  const read = <T>(schema: z.ZodType<T> | undefined, value: unknown): T =>
    schema === undefined ? (null as T) : parseRequest(schema, value ?? {});
  return {
    contract,
    handle: (request, reply) =>
      handle({
        params: read(contract.params, request.params),
        query: read(contract.query, request.query),
        body: read(contract.body, request.body),
        request,
        reply,
      }),
  };
}
