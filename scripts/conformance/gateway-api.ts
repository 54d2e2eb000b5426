/** A gateway's answer, whatever its status. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  readonly text: string;
  /** Undefined when the text is no JSON. */
  readonly json: unknown;
}

export interface ApiRequest {
  readonly method?: string;
  /** An object is sent as JSON, a string as text. */
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default true for /system, where credentials are given. */
  readonly authorised?: boolean;
}

/** A gateway over HTTP. Redirects are not followed, and no status is an error. */
export interface GatewayApi {
  readonly url: string;
  readonly hasCredentials: boolean;
  call(path: string, request?: ApiRequest): Promise<ApiAnswer>;
}

const TIMEOUT_MS = 60_000;

/** @param credentials null: none are sent */
export function gatewayApi(url: string, credentials: { user: string; password: string } | null): GatewayApi {
  const base = url.replace(/\/+$/, '');
  const authorization =
    credentials === null
      ? null
      : `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
  return {
    url: base,
    hasCredentials: credentials !== null,
    async call(path, { method = 'GET', body, headers = {}, authorised = path.startsWith('/system') } = {}) {
      const text = typeof body === 'object' ? JSON.stringify(body) : body;
      const response = await fetch(base + path, {
        method,
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          ...(authorised && authorization !== null ? { authorization } : {}),
          ...(typeof body === 'object' ? { 'content-type': 'application/json' } : {}),
          ...headers,
        },
        ...(text === undefined ? {} : { body: text }),
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      const answer = bytes.toString('utf8');
      return { status: response.status, headers: response.headers, body: bytes, text: answer, json: tryJson(answer) };
    },
  };
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
