import Fastify, { type FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';
import startAutoscaler from '#autoscaler/handler.ts';
import { SystemClock } from '#shared/clock.ts';
import { parseConfig } from '#shared/config.ts';
import type { FarmFunction, Host } from '#shared/farm-function.ts';
import { answerErrors } from '#shared/http-errors.ts';
import { silentLogger } from '#shared/log.ts';
import { createMetrics } from '#shared/metrics.ts';
import { Sfc32 } from '#shared/rng.ts';
import type { TestFarm } from '../../support/farm.ts';
import { credentials, type FakeGateway } from './fake-gateway.ts';

const TOKEN = 'a-long-token';
const clock = new SystemClock();

/** The handler as the host starts it, with HTTP in memory. */
export interface RunningHandler {
  readonly app: FastifyInstance;
  readonly get: <Body>(url: string) => Promise<Body>;
  readonly send: (method: 'POST' | 'PUT' | 'DELETE', url: string, body?: object) => Promise<HandlerAnswer>;
  /** Idempotent. */
  readonly stop: () => Promise<void>;
}

export interface HandlerAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/**
 * `control`: in YAML's flow style, beside a policy `static-3`; `stepDurationS`: 10 unless it says otherwise, so that the lease lasts
 * longer than a busy machine stands still.
 */
export async function startHandler(of: {
  farm: TestFarm;
  gateway: FakeGateway;
  instance: string;
  control?: string;
  stepDurationS?: number;
}): Promise<RunningHandler> {
  const { farm, gateway, instance, stepDurationS = 10 } = of;
  const control = [
    'policy: static-3',
    `stepDurationS: ${stepDurationS}`,
    ...(of.control === undefined ? [] : [of.control]),
  ];
  const config = parseConfig(`farm: ${farm.config.farm}\ncontrol: {${control.join(', ')}}`, {
    file: 'test',
    environment: { FARM_GATEWAY_URL: gateway.url },
  });
  const { user: gatewayUser, password: gatewayPassword } = credentials;
  const host: Host = {
    ...{ fn: 'autoscaler', instance, config, clock, rng: new Sfc32(instance), log: silentLogger },
    secrets: { redisUrl: farm.url, farmToken: TOKEN, gatewayUser, gatewayPassword },
    metrics: createMetrics(),
  };
  const fn: FarmFunction = await startAutoscaler(host);
  const app = Fastify();
  answerErrors(app);
  fn.routes?.(app);
  const stop = async (): Promise<void> => {
    await fn.stop(5_000);
    await app.close();
  };
  onTestFinished(stop);
  return {
    app,
    stop,
    get: async <Body>(url: string) => (await app.inject(url)).json<Body>(),
    async send(method, url, body) {
      const headers = { authorization: `Bearer ${TOKEN}` };
      const answer = await app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) });
      return { status: answer.statusCode, body: answer.json() };
    },
  };
}
