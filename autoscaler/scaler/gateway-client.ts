import { z } from 'zod';
import { FarmhandError } from '#shared/errors.ts';
import { GatewayHttp, type GatewayCall, type GatewayClientOptions } from './gateway-http.ts';

/** Go leaves a zero out of its JSON (`omitempty`): a missing number is 0. */
const count = z
  .int()
  .nonnegative()
  .nullish()
  .transform((value) => value ?? 0);

/** Go writes null, or nothing, for an empty map or list. */
function absent<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? undefined);
}

const texts = z.record(z.string(), z.string());
const resources = z.object({ memory: absent(z.string()), cpu: absent(z.string()) });

/** What of a function's status is its definition: faas-provider's `FunctionDeployment` (MIT) without the name. */
const definition = {
  image: absent(z.string()),
  envProcess: absent(z.string()),
  envVars: absent(texts),
  constraints: absent(z.array(z.string())),
  secrets: absent(z.array(z.string())),
  labels: absent(texts),
  annotations: absent(texts),
  limits: absent(resources),
  requests: absent(resources),
  readOnlyRootFilesystem: absent(z.boolean()),
};

const functionStatus = z.object({ replicas: count, availableReplicas: count, ...definition });

export type FunctionStatus = z.infer<typeof functionStatus>;
export type FunctionDefinition = Partial<Omit<FunctionStatus, 'replicas' | 'availableReplicas'>>;

const gatewayInfo = z.object({ provider: z.object({ provider: z.string() }) });

/** The documented codes differ from those that are sent; faas-cli takes these three too. */
const ACCEPTED = [200, 201, 202];

/** What scaling needs of the OpenFaaS REST API (https://docs.openfaas.com/reference/rest-api/). Each call is one request. */
export class GatewayClient {
  readonly #http: GatewayHttp;
  readonly #namespace: string;

  constructor(options: GatewayClientOptions) {
    this.#http = new GatewayHttp(options);
    this.#namespace = options.namespace;
  }

  /** Null: it is not deployed. */
  async find(functionName: string, timeoutMs?: number): Promise<FunctionStatus | null> {
    const path = `/system/function/${encodeURIComponent(functionName)}`;
    const { status, body } = await this.#http.call({ method: 'get', path, ...timed(timeoutMs) }, [200, 404]);
    if (status === 404) return null;
    const parsed = functionStatus.safeParse(body);
    if (parsed.success) return parsed.data;
    throw new FarmhandError(
      'GATEWAY_REFUSED',
      `${this.#http.origin}: GET ${path} answered with something else than a status`,
    );
  }

  /** @throws NOT_FOUND when it is not deployed */
  async status(functionName: string, timeoutMs?: number): Promise<FunctionStatus> {
    const found = await this.find(functionName, timeoutMs);
    if (found !== null) return found;
    throw new FarmhandError(
      'NOT_FOUND',
      `${this.#http.origin}: function ${functionName} is not deployed; deploy stack.yml`,
    );
  }

  /** Asks for `replicas`. Accepted says nothing about what was granted: read `status`. */
  async scale(functionName: string, replicas: number, timeoutMs?: number): Promise<void> {
    const path = `/system/scale-function/${encodeURIComponent(functionName)}`;
    const body = { serviceName: functionName, replicas, namespace: this.#namespace };
    await this.#http.call({ method: 'post', path, body, ...timed(timeoutMs) }, ACCEPTED);
  }

  async deploy(functionName: string, as: FunctionDefinition, timeoutMs?: number): Promise<void> {
    await this.#define('post', { functionName, as, timeoutMs });
  }

  /** Accepted says nothing here either: Community Edition answers 200 with an empty body to an update that it dropped. */
  async update(functionName: string, as: FunctionDefinition, timeoutMs?: number): Promise<void> {
    await this.#define('put', { functionName, as, timeoutMs });
  }

  /** Gone already is as good. */
  async remove(functionName: string, timeoutMs?: number): Promise<void> {
    const body = { functionName, namespace: this.#namespace };
    const call = { method: 'delete', path: '/system/functions', body, ...timed(timeoutMs) } as const;
    await this.#http.call(call, [...ACCEPTED, 404]);
  }

  /** What the gateway calls its provider ('faas-netes-ce' is Community Edition); null: it does not say. */
  async provider(timeoutMs?: number): Promise<string | null> {
    const { body } = await this.#http.call({ method: 'get', path: '/system/info', ...timed(timeoutMs) }, [200, 404]);
    return gatewayInfo.safeParse(body).data?.provider.provider ?? null;
  }

  async #define(
    method: 'post' | 'put',
    change: { functionName: string; as: FunctionDefinition; timeoutMs: number | undefined },
  ): Promise<void> {
    const body = { service: change.functionName, ...change.as, namespace: this.#namespace };
    await this.#http.call({ method, path: '/system/functions', body, ...timed(change.timeoutMs) }, ACCEPTED);
  }
}

function timed(timeoutMs: number | undefined): Pick<GatewayCall, 'timeoutMs'> {
  return timeoutMs === undefined ? {} : { timeoutMs };
}
