import { Agent, request } from 'undici';
import type { z } from 'zod';
import { coerceError, errorRegistry, FarmhandError, type ErrorCode } from '#shared/errors.ts';
import { describeIssues } from '#shared/parse.ts';

/** Where a farm's gateway answers, and what proves that we may change things. */
export interface FarmAddress {
  /** 'http://127.0.0.1:8080', without a slash at the end. */
  readonly url: string;
  /** For whatever changes anything through /function. */
  readonly token: string | null;
  /** Basic authentication of /system. */
  readonly user: string | null;
  readonly password: string | null;
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON; a Buffer as it is. */
  readonly body?: unknown;
  /** Time for the whole answer, ms. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 15_000;

/** Speaks to a farm through its gateway, and turns every way of failing into one FarmhandError. */
export class FarmHttp {
  readonly #address: FarmAddress;
  readonly #agent = new Agent({ connections: 8 });

  constructor(address: FarmAddress) {
    this.#address = address;
  }

  get url(): string {
    return this.#address.url;
  }

  /** Calls a function's route: `call('emitter', '/runs', …)` is `/function/emitter/runs`. Parses the answer by `schema`. */
  async call<Schema extends z.ZodType>(
    fn: string,
    path: string,
    schema: Schema,
    call: Call = {},
  ): Promise<z.output<Schema>> {
    const { token } = this.#address;
    const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
    return this.#json({ what: fn, path: `/function/${fn}${path}`, headers: authorization, schema, call });
  }

  /** Calls the gateway's own API: `system('/functions', …)` is `/system/functions`. */
  async system<Schema extends z.ZodType>(path: string, schema: Schema, call: Call = {}): Promise<z.output<Schema>> {
    const headers = this.#basicAuth();
    return this.#json({ what: 'gateway', path: `/system${path}`, headers, schema, call });
  }

  /** Reads a stream of lines from the gateway's own API until it ends or `signal` aborts. */
  async *lines(path: string, options: { query: Call['query']; signal: AbortSignal }): AsyncGenerator<string> {
    const target = this.#target(`/system${path}`, options.query);
    try {
      const { statusCode, body } = await this.#send('gateway', target, {
        headers: this.#basicAuth(),
        // A quiet stream is no dead stream.
        bodyTimeout: 0,
        signal: options.signal,
      });
      if (statusCode >= 400) throw refusal('gateway', target, { status: statusCode, text: await body.text() });
      yield* splitLines(body);
    } catch (thrown) {
      if (options.signal.aborted) return;
      throw thrown instanceof FarmhandError ? thrown : unreachable(this.url, thrown);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #json<Schema extends z.ZodType>(options: {
    what: string;
    path: string;
    headers: Record<string, string>;
    schema: Schema;
    call: Call;
  }): Promise<z.output<Schema>> {
    const { what, call, schema } = options;
    const target = this.#target(options.path, call.query);
    const { statusCode, body } = await this.#send(what, target, {
      method: call.method ?? 'GET',
      headers: { ...options.headers, ...contentType(call.body) },
      ...(call.body !== undefined && { body: Buffer.isBuffer(call.body) ? call.body : JSON.stringify(call.body) }),
      signal: AbortSignal.timeout(call.timeoutMs ?? TIMEOUT_MS),
    });
    const text = await body.text().catch((thrown: unknown) => {
      throw unreachable(this.url, thrown);
    });
    if (statusCode >= 400) throw refusal(what, target, { status: statusCode, text });
    const value = parseJson(text);
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new FarmhandError(
      'GATEWAY_REFUSED',
      `${what}: ${target.pathname} answered something else than expected (another version of Farmhand?): ${describeIssues(parsed.error, value)}`,
    );
  }

  async #send(what: string, target: URL, options: Parameters<typeof request>[1]) {
    try {
      return await request(target, { ...options, dispatcher: this.#agent });
    } catch (thrown) {
      const error = coerceError(thrown);
      if (error.name === 'TimeoutError' || error.name === 'HeadersTimeoutError') {
        throw new FarmhandError(
          'GATEWAY_UNREACHABLE',
          `${what}: no answer from ${this.url}${target.pathname} in time`,
          {
            cause: thrown,
          },
        );
      }
      throw unreachable(this.url, thrown);
    }
  }

  #target(path: string, query: Call['query'] = {}): URL {
    const target = new URL(`${this.#address.url}${path}`);
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined) target.searchParams.set(key, String(value));
    }
    return target;
  }

  #basicAuth(): Record<string, string> {
    const { user, password } = this.#address;
    if (user === null || password === null) return {};
    return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
  }
}

async function* splitLines(chunks: AsyncIterable<unknown>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk as Buffer, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
  if (rest !== '') yield rest;
}

function contentType(body: unknown): Record<string, string> {
  if (body === undefined) return {};
  return { 'content-type': Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json' };
}

function unreachable(url: string, thrown: unknown): FarmhandError {
  const error = coerceError(thrown) as NodeJS.ErrnoException;
  const why = error.code === 'ECONNREFUSED' ? 'nothing listens there' : (error.code ?? error.message);
  const advice = `see 'farmhand status', or start a farm with 'farmhand up'`;
  return new FarmhandError('GATEWAY_UNREACHABLE', `gateway at ${url} does not answer (${why}); ${advice}`, {
    cause: thrown,
  });
}

/** An answer of 400 or more, as the error that the farm meant; a gateway's own plain text keeps its words. */
function refusal(what: string, target: URL, answer: { status: number; text: string }): FarmhandError {
  const error = (parseJson(answer.text) as { error?: { code?: unknown; message?: unknown } } | null)?.error;
  if (typeof error?.message === 'string' && typeof error.code === 'string') {
    const code = Object.hasOwn(errorRegistry, error.code) ? (error.code as ErrorCode) : 'GATEWAY_REFUSED';
    return new FarmhandError(code, error.message);
  }
  const words = answer.text.trim().slice(0, 200);
  return new FarmhandError(
    codeOfStatus(answer.status),
    `${what}: ${target.pathname} answered ${answer.status}${words === '' ? '' : `: ${words}`}`,
  );
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'UNAUTHORISED';
  if (status === 404) return 'NOT_FOUND';
  if (status === 413) return 'BODY_TOO_LARGE';
  return 'GATEWAY_REFUSED';
}

/** Null where the text is no JSON: an empty body is a full answer to many calls. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
