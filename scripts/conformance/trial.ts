import { z } from 'zod';
import { MINUTE, type Clock } from '#shared/clock.ts';
import { entropySeed } from '#shared/rng.ts';
import type { GatewayApi } from './gateway-api.ts';
import type { Probe, Purpose } from './probe.ts';
import { demand, Unmet } from './unmet.ts';

/** Go's omitempty: a zero is a missing key. Go writes null for an empty map. */
const count = z
  .int()
  .nullish()
  .transform((value) => value ?? 0);
const texts = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});
const quantities = z
  .object({ memory: z.string().optional(), cpu: z.string().optional() })
  .nullish()
  .transform((value) => value ?? {});

const status = z.looseObject({
  name: z.string(),
  image: z.string(),
  namespace: z.string().optional(),
  envProcess: z.string().optional(),
  envVars: texts,
  labels: texts,
  annotations: texts,
  limits: quantities,
  requests: quantities,
  constraints: z
    .array(z.string())
    .nullish()
    .transform((value) => value ?? []),
  replicas: count,
  availableReplicas: count,
});

/** faas-provider's FunctionStatus (MIT), with zeros filled in. */
export type Status = z.infer<typeof status>;

export interface TrialOptions {
  readonly api: GatewayApi;
  readonly probe: Probe;
  readonly clock: Clock;
  /** Begins the names of everything that the suite makes; a-z 0-9 -. */
  readonly prefix: string;
  /** A function has this long to become ready, ms. */
  readonly readyWithinMs: number;
  readonly load: LoadOptions;
  /** Where the gateway reaches this program, for callbacks; null: it cannot. */
  readonly callbackHost: string | null;
}

/** How much traffic the scaling requirements make, and for how long they wait. */
export interface LoadOptions {
  /** Invocations a second; above what the gateway takes for loaded. */
  readonly ratePerS: number;
  /** Up under load, and down after it, within this long, ms. */
  readonly scaledWithinMs: number;
  /** So long must pinned replicas withstand the load, ms. */
  readonly pinnedForMs: number;
}

/** A function to deploy: what is left out is the probe's. */
export interface Wanted {
  readonly purpose?: Purpose;
  readonly labels?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

const ACCEPTED = [200, 201, 202];

/** One requirement's go at a gateway. What it deploys and creates is removed by `end`. */
export class Trial {
  readonly options: TrialOptions;
  readonly api: GatewayApi;
  readonly probe: Probe;
  readonly #functions = new Set<string>();
  readonly #secrets = new Set<string>();

  constructor(options: TrialOptions) {
    this.options = options;
    this.api = options.api;
    this.probe = options.probe;
  }

  /** A name that nothing else has, nor had: what is removed may take a while to be gone. */
  name(): string {
    return `${this.options.prefix}-${entropySeed().slice(0, 8)}`;
  }

  /** POST; the function need not be ready yet. @returns its name */
  async deploy(wanted: Wanted = {}): Promise<string> {
    const service = this.name();
    this.#functions.add(service);
    await this.accepted('/system/functions', { method: 'POST', body: this.deployment(service, wanted) });
    return service;
  }

  /** Deploys and waits until it is ready. */
  async deployReady(wanted: Wanted = {}): Promise<string> {
    const service = await this.deploy(wanted);
    await this.ready(service);
    return service;
  }

  deployment(service: string, { purpose = { kind: 'echo' }, ...rest }: Wanted): object {
    return { service, image: this.probe.image, envProcess: this.probe.command(purpose), ...rest };
  }

  /** Waits until as many replicas are ready as are desired, one at least. */
  async ready(service: string): Promise<void> {
    await this.until(`${service} is ready`, this.options.readyWithinMs, async () => {
      const { replicas, availableReplicas } = await this.status(service);
      return replicas > 0 && availableReplicas === replicas;
    });
  }

  async status(service: string): Promise<Status> {
    const answer = await this.api.call(`/system/function/${service}`);
    demand(answer.status === 200, `GET /system/function/${service}: ${answer.status} ${answer.text.slice(0, 200)}`);
    return parseStatus(answer.json);
  }

  async list(): Promise<Status[]> {
    const answer = await this.api.call('/system/functions');
    demand(answer.status === 200, `GET /system/functions: ${answer.status}`);
    demand(Array.isArray(answer.json), 'GET /system/functions: no list');
    return answer.json.map(parseStatus);
  }

  async scale(service: string, replicas: number): Promise<void> {
    const body = { serviceName: service, replicas };
    await this.accepted(`/system/scale-function/${service}`, { method: 'POST', body });
  }

  async createSecret(value: { value: string } | { rawValue: string }): Promise<string> {
    const name = this.name();
    this.#secrets.add(name);
    await this.accepted('/system/secrets', { method: 'POST', body: { name, ...value } });
    return name;
  }

  /** A change that must be accepted: faas-cli takes 200, 201 and 202. */
  async accepted(path: string, request: { method: string; body: object }): Promise<void> {
    const answer = await this.api.call(path, request);
    demand(
      ACCEPTED.includes(answer.status),
      `${request.method} ${path}: expected 200, 201 or 202, got ${answer.status} ${answer.text.slice(0, 200)}`,
    );
  }

  /** Polls until `condition` holds. @throws Unmet after `withinMs` */
  async until(what: string, withinMs: number, condition: () => Promise<boolean>): Promise<void> {
    const { clock } = this.options;
    const deadlineMs = clock.monotonic() + withinMs;
    for (let pauseMs = 10; !(await condition()); pauseMs = Math.min(pauseMs * 2, 500)) {
      if (clock.monotonic() > deadlineMs) throw new Unmet(`not within ${withinMs / 1000} s: ${what}`);
      await clock.sleep(pauseMs);
    }
  }

  /** Removes what was made; what is gone already is as good. A function is waited for, so that the next one has room. */
  async end(): Promise<void> {
    for (const functionName of this.#functions) {
      await this.api.call('/system/functions', { method: 'DELETE', body: { functionName } });
      await this.until(`${functionName} is removed`, MINUTE, async () => {
        return (await this.api.call(`/system/function/${functionName}`)).status === 404;
      });
    }
    for (const name of this.#secrets) await this.api.call('/system/secrets', { method: 'DELETE', body: { name } });
  }
}

function parseStatus(json: unknown): Status {
  const parsed = status.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new Unmet(`no FunctionStatus: ${z.prettifyError(parsed.error)}`);
}
