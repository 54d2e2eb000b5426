import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { coerceError, errorRegistry, FarmhandError, type ErrorCode } from './errors.ts';
import { describeDepth, describeIssues } from './parse.ts';
import { isFull } from './redis-failure.ts';

/** What a client sees of an error, whichever process answers: this status, and the body `{error: {code, message}}`. */
export interface HttpError {
  readonly status: number;
  readonly body: { readonly error: { readonly code: ErrorCode; readonly message: string } };
}

/** What a 503 says passes: Redis, a gateway or a process comes back, mostly within seconds. */
const RETRY_AFTER_S = 1;

/**
 * Reads a request's body, query or parameters by their schema. A value that breaks it is FIELD_INVALID, with the sentences
 * that farm.yml's errors have: key, what is allowed, what was found.
 */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const tooDeep = describeDepth(value);
  if (tooDeep !== null) throw new FarmhandError('FIELD_INVALID', tooDeep);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new FarmhandError('FIELD_INVALID', describeIssues(result.error, value));
}

/**
 * Whatever was thrown, as an answer. A defect says nothing of its inside: its message is in the log, under the request's
 * call id.
 */
export function toHttpError(thrown: unknown): HttpError {
  if (thrown instanceof FarmhandError) return answer(thrown.code, thrown.message);
  if (isFull(thrown)) {
    return answer(
      'REDIS_FULL',
      'Redis has no memory or no disk left; nothing was accepted, try again when there is room',
    );
  }
  if (thrown instanceof z.ZodError) {
    const sentences = thrown.issues.map((issue) => [issue.path.map(String).join('.'), issue.message]);
    return answer(
      'FIELD_INVALID',
      sentences.map(([key, message]) => (key === '' ? message : `${key}: ${message}`)).join('; '),
    );
  }
  const { code, message, statusCode } = coerceError(thrown) as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return answer('BODY_TOO_LARGE', 'the request body is over the limit');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return answer('BODY_INVALID', 'send the body as application/json');
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY') return answer('BODY_INVALID', 'the request body is empty; expected JSON');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return answer('BODY_INVALID', message ?? 'the request is malformed');
  }
  return answer('INTERNAL', 'a defect in Farmhand; the log has it under this call id');
}

function answer(code: ErrorCode, message: string): HttpError {
  return { status: errorRegistry[code].status, body: { error: { code, message } } };
}

/** Makes a fastify server answer every error and every unknown route in the form above, and log what is not the client's. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((thrown, request, reply) => sendError(thrown, request, reply));
  app.setNotFoundHandler((request, reply) => {
    const message = `${request.method} ${request.url.split('?', 1)[0] ?? ''}: no such route`;
    return reply.status(404).send(answer('NOT_FOUND', message).body);
  });
}

/** One error as a reply; fastify's `frameworkErrors` option wants it for URLs that reach no route. */
export function sendError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { status, body } = toHttpError(thrown);
  const { code, message } = body.error;
  if (code === 'INTERNAL') request.log.error({ error: coerceError(thrown), code }, 'a request met a defect');
  else if (status >= 500) request.log.warn({ code, error: message }, 'a request could not be served');
  if (code === 'BODY_TOO_LARGE') letSendingEnd(request, reply);
  if (status === 503) void reply.header('retry-after', RETRY_AFTER_S);
  void reply.status(status).send(body);
}

/**
 * Fastify would close the connection, under a client or proxy that still sends: its next write would fail before it has read
 * the answer. What it still sends is dropped instead.
 */
function letSendingEnd(request: FastifyRequest, reply: FastifyReply): void {
  void reply.removeHeader('connection');
  request.raw.resume();
}
