import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { FarmhandError } from '#shared/errors.ts';
import { describeIssues } from '#shared/parse.ts';

/** Whether a request announces a body. */
export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** @throws FarmhandError BODY_TOO_LARGE when Content-Length says more than `maxBytes`. */
export function checkLength(request: IncomingMessage, maxBytes: number): void {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

/**
 * A request's body, piece by piece. The request survives when its reader stops early: it can still be answered.
 * @throws FarmhandError BODY_TOO_LARGE after `maxBytes`.
 */
export async function* limitedBody(request: IncomingMessage, maxBytes: number): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

/** The whole body. @throws FarmhandError BODY_TOO_LARGE */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  checkLength(request, maxBytes);
  const chunks: Uint8Array[] = [];
  for await (const chunk of limitedBody(request, maxBytes)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export interface JsonDoor {
  readonly maxBytes: number;
  /** The body may hold secrets: messages name keys and say what is allowed, and do not quote what was sent. */
  readonly secret?: boolean;
}

/** A JSON body by its schema. @throws FarmhandError BODY_INVALID, BODY_TOO_LARGE */
export async function readJson<Schema extends z.ZodType>(
  request: IncomingMessage,
  schema: Schema,
  door: JsonDoor,
): Promise<z.output<Schema>> {
  const text = (await readBody(request, door.maxBytes)).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FarmhandError('BODY_INVALID', 'the request body is not valid JSON');
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const unquoted = result.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`);
  throw new FarmhandError(
    'BODY_INVALID',
    door.secret === true ? unquoted.join('; ') : describeIssues(result.error, value),
  );
}

function tooLarge(maxBytes: number): FarmhandError {
  return new FarmhandError('BODY_TOO_LARGE', `the request body is over ${maxBytes} bytes`);
}
