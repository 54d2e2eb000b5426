import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { FarmhandError } from '#shared/errors.ts';
import { PassingFailure, retryAfterMs } from './patience.ts';

export interface GatewayClientOptions {
  /** http or https URL of an OpenFaaS gateway. */
  readonly url: string;
  readonly namespace: string;
  /** Basic authentication for /system; null: the gateway asks for none. */
  readonly user: string | null;
  readonly password: string | null;
  /** The most that one call may take, from connecting to the reply's last byte. */
  readonly timeoutMs: number;
}

export interface GatewayCall {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  readonly path: string;
  readonly body?: object;
  /** Where less is left than the client's own timeout. */
  readonly timeoutMs?: number;
}

export interface GatewayReply {
  readonly status: number;
  readonly body: unknown;
}

const MAX_REPLY_BYTES = 4 * 1024 * 1024;

/** Too many requests, or a gateway that is not itself: the same call may succeed a moment later. */
const isPassing = (status: number): boolean => status === 429 || status >= 500;

/** One call to a gateway's /system. Errors carry no axios error as their cause: it holds the password. */
export class GatewayHttp {
  readonly #http: AxiosInstance;
  readonly #origin: string;
  readonly #timeoutMs: number;

  constructor(options: GatewayClientOptions) {
    this.#origin = new URL(options.url).origin;
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

  /** For messages: without the user and password that a URL may have. */
  get origin(): string {
    return this.#origin;
  }

  /**
   * Resolves with whatever of `accepted` the gateway answers.
   * @throws GATEWAY_UNREACHABLE, and GATEWAY_REFUSED for every other answer; a PassingFailure where another try may help
   */
  async call(call: GatewayCall, accepted: readonly number[]): Promise<GatewayReply> {
    const response = await this.#request(call);
    const { status, data: body } = response;
    if (accepted.includes(status)) return { status, body };
    const why =
      status === 401
        ? 'check the secrets basic-auth-user and basic-auth-password'
        : JSON.stringify(body ?? null).slice(0, 200);
    const message = `${this.#origin}: ${call.method.toUpperCase()} ${call.path} answered ${status}: ${why}`;
    if (!isPassing(status)) throw new FarmhandError('GATEWAY_REFUSED', message);
    throw new PassingFailure('GATEWAY_REFUSED', message, retryAfterMs(response.headers['retry-after']));
  }

  async #request({ method, path, body, timeoutMs }: GatewayCall): Promise<AxiosResponse<unknown>> {
    const withinMs = Math.ceil(Math.min(this.#timeoutMs, timeoutMs ?? Infinity));
    try {
      return await this.#http.request<unknown>({
        method,
        url: path,
        signal: AbortSignal.timeout(withinMs),
        ...(body === undefined ? {} : { data: body }),
      });
    } catch (error) {
      const reason = axios.isCancel(error) ? `no answer within ${withinMs} ms` : reasonOf(error);
      throw new PassingFailure('GATEWAY_UNREACHABLE', `${this.#origin}: ${path}: ${reason}`);
    }
  }
}

function reasonOf(error: unknown): string {
  const code = axios.isAxiosError(error) ? error.code : undefined;
  return code === 'ECONNREFUSED' ? 'connection refused; is the gateway running?' : (code ?? 'the call failed');
}
