import { Agent, request } from 'undici';
import type { FarmHandle } from '../../local/farm-record.ts';

export interface HttpAnswer {
  readonly status: number;
  /** Parsed where it is JSON. */
  readonly body: unknown;
}

/** A client of the farm's gateway that never waits longer than it was told to. */
export interface HttpClient {
  /** Resolves with whatever the answer is; rejects when none came. `/system` is asked as the gateway's administrator. */
  call(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    options?: { body?: unknown; timeoutMs?: number },
  ): Promise<HttpAnswer>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;

export function httpClient(farm: FarmHandle): HttpClient {
  const agent = new Agent({ connections: 64 });
  const { farmToken, gatewayUser, gatewayPassword } = farm.secrets;
  const basic = `Basic ${Buffer.from(`${gatewayUser}:${gatewayPassword}`).toString('base64')}`;
  return {
    async call(method, path, { body, timeoutMs = TIMEOUT_MS } = {}) {
      const answer = await request(`${farm.url}${path}`, {
        dispatcher: agent,
        method,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          authorization: path.startsWith('/system') ? basic : `Bearer ${farmToken}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.body.text();
      return { status: answer.statusCode, body: /^[[{]/.test(text) ? (JSON.parse(text) as unknown) : text };
    },
    close: () => agent.destroy(),
  };
}
