import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';
import { AutoscalerHttp, type AutoscalerHttpParts } from '#autoscaler/http/autoscaler-http.ts';
import { Autoscaler } from '#autoscaler/loop/autoscaler.ts';
import { DecisionHistory } from '#autoscaler/loop/decision-history.ts';
import { ModelFolder } from '#autoscaler/model-store/folder.ts';
import { LayeredModels } from '#autoscaler/model-store/layered-models.ts';
import { RulesAndModels } from '#autoscaler/model-store/policy-shelf.ts';
import { redisModelStore } from '#autoscaler/model-store/redis-models.ts';
import { ShippedModels } from '#autoscaler/model-store/shipped-models.ts';
import { openRunService, type RunService } from '#autoscaler/run/service/run-service.ts';
import { farmhandProfile } from '#autoscaler/sim/profiles/farmhand.ts';
import type { Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import { answerErrors } from '#shared/http-errors.ts';
import { silentLogger } from '#shared/log.ts';
import { Sfc32 } from '#shared/rng.ts';
import { requireToken } from '#shared/token.ts';
import { clock as realClock, openTestFarm, type TestFarm } from '../../support/farm.ts';
import { MemoryFarm } from './memory-farm.ts';

export const TOKEN = 'a-long-token';
export const authorised = { authorization: `Bearer ${TOKEN}` };

/** The autoscaler's HTTP on a port, over a farm in memory with models and runs in a real Redis. */
export interface TestHttp {
  readonly app: FastifyInstance;
  readonly http: AutoscalerHttp;
  readonly autoscaler: Autoscaler;
  readonly farm: TestFarm;
  readonly memory: MemoryFarm;
  readonly runs: RunService;
  readonly models: LayeredModels;
  /** 'http://127.0.0.1:1234' */
  readonly url: string;
}

export interface TestHttpOptions {
  /** Of loop, streams and farm in memory; the real one unless a test owns it. */
  readonly clock?: Clock;
  readonly stepDurationS?: number;
  /** The farm in memory cannot be read. */
  readonly blind?: boolean;
  readonly parts?: Partial<AutoscalerHttpParts>;
}

export async function startTestHttp(options: TestHttpOptions = {}): Promise<TestHttp> {
  const { clock = realClock, stepDurationS = 0.1, parts = {} } = options;
  const farm = await openTestFarm(`control: {policy: static-4, stepDurationS: ${stepDurationS}, initialWorkers: 2}`);
  const { config, redis } = farm;
  const memory = new MemoryFarm(clock, 2);
  if (options.blind === true) memory.queueMood = 'failing';
  const folder = new ModelFolder(join(import.meta.dirname, '../../../models'));
  const store = redisModelStore({ redis, farm: config.farm, clock });
  const models = new LayeredModels({ store, shipped: new ShippedModels(folder) });
  const policies = new RulesAndModels({ folder, store });
  const autoscaler = await Autoscaler.start(
    {
      ...{ queue: memory.queue, drain: memory.drain, scaler: memory.scaler, clock, log: silentLogger, policies },
      ...{ sink: { append: async () => undefined }, shield: config.shield, populationOf: () => null },
      ...{ newOrder: () => 'order', leads: () => true },
    },
    config.control,
  );
  const secrets = { redisUrl: farm.url, farmToken: TOKEN, gatewayUser: null, gatewayPassword: null };
  const runs = openRunService({
    ...{ redis, config, secrets, models, clock: realClock, log: silentLogger },
    ...{ instance: 'autoscaler-1', modelsFolder: folder.path, rng: new Sfc32(1) },
    thisFarm: { timing: async () => farmhandProfile, recentWorkload: () => Promise.reject(new Error('none')) },
  });
  const { knowledge } = autoscaler;
  const http = new AutoscalerHttp({
    history: new DecisionHistory({ knowledge, journal: farm.journal, leads: () => true, clock }),
    ...{ autoscaler, policies, models, runs, config, clock, log: silentLogger, instance: 'autoscaler-1' },
    makeShadowReport: () => Promise.reject(new FarmhandError('CONFLICT', 'the log holds 0 decisions')),
    authorise: requireToken(secrets),
    whyNotReady: () => null,
    ...parts,
  });
  const app = Fastify();
  answerErrors(app);
  http.addTo(app);
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  onTestFinished(async () => {
    http.close();
    await autoscaler.stop();
    await runs.stop();
    await app.close();
    await farm.close();
  });
  return { app, http, autoscaler, farm, memory, runs, models, url };
}
