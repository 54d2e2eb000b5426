import axios, { type AxiosInstance } from 'axios';
import type { z } from 'zod';
import { SECOND } from '#shared/clock.ts';
import { errorRegistry, FarmhandError, type ErrorCode } from '#shared/errors.ts';
import type { FunctionCalls } from './function-calls.ts';

/** An episode's preparation answers when its workers are there. */
const TIMEOUT_MS = 30 * SECOND;
const MAX_REPLY_BYTES = 4 * 1024 * 1024;

/** A farm's functions, as one of them calls the others: through the gateway, with the farm's token. */
export class GatewayFunctions implements FunctionCalls {
  readonly #http: AxiosInstance;

  /** @param parts.url the gateway's, of farm.yml */
  constructor(parts: { url: string; token: string | null }) {
    this.#http = axios.create({
      baseURL: parts.url.replace(/\/+$/, ''),
      headers: parts.token === null ? {} : { authorization: `Bearer ${parts.token}` },
      timeout: TIMEOUT_MS,
      maxContentLength: MAX_REPLY_BYTES,
      maxRedirects: 0,
      proxy: false,
      responseType: 'json',
      validateStatus: () => true,
    });
  }

  async call<Schema extends z.ZodType>(
    fn: string,
    path: string,
    schema: Schema,
    call: { readonly method?: 'GET' | 'POST' | 'DELETE'; readonly body?: unknown } = {},
  ): Promise<z.output<Schema>> {
    const { status, data } = await this.#send(fn, path, call);
    if (status >= 400) throw refusal(fn, path, { status, data });
    const parsed = schema.safeParse(data);
    if (parsed.success) return parsed.data;
    throw new FarmhandError('GATEWAY_REFUSED', `${fn}: ${path} answered something else than expected`);
  }

  /** No axios error goes further: it holds the token. */
  async #send(
    fn: string,
    path: string,
    call: { readonly method?: string; readonly body?: unknown },
  ): Promise<{ status: number; data: unknown }> {
    try {
      return await this.#http.request<unknown>({
        url: `/function/${fn}${path}`,
        method: call.method ?? 'GET',
        // Without a body axios calls a POST a form.
        ...(call.method === 'POST' ? { data: call.body ?? {} } : {}),
      });
    } catch (error) {
      const code = axios.isAxiosError(error) ? (error.code ?? 'no answer') : 'no answer';
      throw new FarmhandError('GATEWAY_UNREACHABLE', `${fn}: ${path}: ${code}`);
    }
  }
}

/** The error that the function meant; a gateway's own answer keeps its status. */
function refusal(fn: string, path: string, { status, data }: { status: number; data: unknown }): FarmhandError {
  const error = (data as { error?: { code?: unknown; message?: unknown } } | null)?.error;
  if (typeof error?.code === 'string' && Object.hasOwn(errorRegistry, error.code)) {
    return new FarmhandError(error.code as ErrorCode, `${fn}: ${String(error.message)}`);
  }
  return new FarmhandError('GATEWAY_REFUSED', `${fn}: ${path} answered ${status}`);
}
