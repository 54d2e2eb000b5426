import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { z } from 'zod';
import { FarmhandError } from '#shared/errors.ts';

export interface GatewayClientOptions {
  /** http or https URL of an OpenFaaS gateway. */
  readonly url: string;
  readonly namespace: string;
  /** Basic authentication for /system; null: the gateway asks for none. */
  readonly user: string | null;
  readonly password: string | null;
  /** For one call, from connecting to the reply's last byte. */
  readonly timeoutMs: number;
}

/** Go leaves a zero out of its JSON (`omitempty`): a missing number is 0. */
const functionStatus = z.object({
  replicas: z.int().nonnegative().default(0),
  availableReplicas: z.int().nonnegative().default(0),
});

export type FunctionStatus = z.infer<typeof functionStatus>;

const MAX_REPLY_BYTES = 4 * 1024 * 1024;

/**
 * The two calls of the OpenFaaS REST API that scaling needs (https://docs.openfaas.com/reference/rest-api/). Errors carry
 * no axios error as their cause: it holds the password.
 */
export class GatewayClient {
  readonly #http: AxiosInstance;
  readonly #origin: string;
  readonly #namespace: string;
  readonly #timeoutMs: number;

  constructor(options: GatewayClientOptions) {
    this.#origin = new URL(options.url).origin;
    this.#namespace = options.namespace;
    this.#timeoutMs = options.timeoutMs;
    this.#http = axios.create({
      baseURL: options.url.replace(/\/+$/, ''),
      params: { namespace: options.namespace },
      ...(options.user === null ? {} : { auth: { username: options.user, password: options.password ?? '' } }),
      maxContentLength: MAX_REPLY_BYTES,
      maxRedirects: 0,
      // A gateway is a neighbour; a proxy for the outside world is not on the way to it.
      proxy: false,
      responseType: 'json',
      validateStatus: () => true,
    });
  }

  async status(functionName: string): Promise<FunctionStatus> {
    const path = `/system/function/${encodeURIComponent(functionName)}`;
    const response = await this.#call({ method: 'get', path });
    if (response.status === 404) {
      throw new FarmhandError(
        'NOT_FOUND',
        `${this.#origin}: function ${functionName} is not deployed; deploy stack.yml`,
      );
    }
    if (response.status !== 200) throw this.#refused(`GET ${path}`, response);
    const parsed = functionStatus.safeParse(response.data);
    if (parsed.success) return parsed.data;
    throw new FarmhandError(
      'GATEWAY_REFUSED',
      `${this.#origin}: GET ${path} answered with something else than a status`,
    );
  }

  /** Asks for `replicas`. Accepted says nothing about what was granted: read `status`. */
  async scale(functionName: string, replicas: number): Promise<void> {
    const path = `/system/scale-function/${encodeURIComponent(functionName)}`;
    const body = { serviceName: functionName, replicas, namespace: this.#namespace };
    const response = await this.#call({ method: 'post', path, body });
    if (![200, 201, 202].includes(response.status)) throw this.#refused(`POST ${path}`, response);
  }

  async #call(call: { method: 'get' | 'post'; path: string; body?: object }): Promise<AxiosResponse<unknown>> {
    try {
      return await this.#http.request<unknown>({
        method: call.method,
        url: call.path,
        signal: AbortSignal.timeout(this.#timeoutMs),
        ...(call.body === undefined ? {} : { data: call.body }),
      });
    } catch (error) {
      throw new FarmhandError('GATEWAY_UNREACHABLE', `${this.#origin}: ${call.path}: ${this.#reason(error)}`);
    }
  }

  #reason(error: unknown): string {
    if (axios.isCancel(error)) return `no answer within ${this.#timeoutMs} ms`;
    const code = axios.isAxiosError(error) ? error.code : undefined;
    return code === 'ECONNREFUSED' ? 'connection refused; is the gateway running?' : (code ?? 'the call failed');
  }

  #refused(call: string, response: AxiosResponse<unknown>): FarmhandError {
    const why =
      response.status === 401
        ? 'check the secrets basic-auth-user and basic-auth-password'
        : JSON.stringify(response.data ?? null).slice(0, 200);
    return new FarmhandError('GATEWAY_REFUSED', `${this.#origin}: ${call} answered ${response.status}: ${why}`);
  }
}
