import { Agent, request } from 'undici';
import type { FarmHandle } from '../../local/farm-record.ts';

/** What the measurements ask of a farm, through its gateway as any client would. */
export interface FarmClient {
  /** One request to a path of the gateway; resolves with the parsed answer. Rejects on anything but success. */
  call(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<unknown>;
  /** The same for GET of what is not JSON. */
  text(path: string): Promise<string>;
  /** Asks the gateway for so many workers; resolves as soon as it has accepted. */
  scaleWorkers(replicas: number): Promise<void>;
  /** Workers that are ready, by the gateway's word. */
  readyWorkers(): Promise<number>;
  close(): Promise<void>;
}

export function farmClient(farm: FarmHandle): FarmClient {
  const agent = new Agent({ connections: 4 });
  const { farmToken, gatewayUser, gatewayPassword } = farm.secrets;
  const basic = `Basic ${Buffer.from(`${gatewayUser}:${gatewayPassword}`).toString('base64')}`;
  const textOf = async (method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<string> => {
    const answer = await request(`${farm.url}${path}`, {
      dispatcher: agent,
      method,
      headers: {
        authorization: path.startsWith('/system') ? basic : `Bearer ${farmToken}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 400) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return text;
  };
  const call = async (...asked: Parameters<typeof textOf>): Promise<unknown> => {
    const text = await textOf(...asked);
    return text.startsWith('{') || text.startsWith('[') ? (JSON.parse(text) as unknown) : null;
  };
  return {
    call,
    text: (path) => textOf('GET', path),
    async scaleWorkers(replicas) {
      await call('POST', '/system/scale-function/worker', { serviceName: 'worker', replicas });
    },
    async readyWorkers() {
      const status = (await call('GET', '/system/function/worker')) as { availableReplicas?: number };
      return status.availableReplicas ?? 0;
    },
    close: () => (agent.destroyed ? Promise.resolve() : agent.destroy()),
  };
}
