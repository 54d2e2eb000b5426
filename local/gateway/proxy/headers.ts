/** Header names in lower case, as node:http and undici give them. */
export type Headers = Record<string, string | string[] | undefined>;

/** They belong to one connection (RFC 9110, 7.6.1), and `expect` was answered by the time that a request is passed on. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The headers that travel further: without the hop-by-hop ones and those that Connection names. */
export function endToEnd(headers: Headers): Headers {
  const named = [headers['connection'] ?? []].flat().flatMap((value) => value.split(','));
  const dropped = new Set(named.map((name) => name.trim().toLowerCase()));
  const kept: Headers = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!HOP_BY_HOP.has(name) && !dropped.has(name)) kept[name] = value;
  }
  return kept;
}

/** Where a request came from, for X-Forwarded-*. */
export interface Origin {
  readonly address: string | undefined;
  readonly callId: string;
  /** Nanoseconds since 1970, decimal. */
  readonly startTime: string;
}

/** The headers of an invocation as its function sees them. */
export function invocationHeaders(received: Headers, origin: Origin): Headers {
  const { host, ...headers } = endToEnd(received);
  const forwardedFor = [headers['x-forwarded-for'] ?? [], origin.address ?? []].flat().join(', ');
  return {
    ...headers,
    'x-forwarded-for': forwardedFor,
    'x-forwarded-host': headers['x-forwarded-host'] ?? host,
    'x-forwarded-proto': headers['x-forwarded-proto'] ?? 'http',
    'x-call-id': origin.callId,
    'x-start-time': origin.startTime,
  };
}
