import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import type { FarmFunction, Host } from '#shared/farm-function.ts';
import { RedisLease } from '#shared/lease.ts';
import { openRedisFarm } from '#shared/queue/redis-farm.ts';
import { connectPair, stopWaitingForRedis } from '#shared/redis.ts';
import { requireToken } from '#shared/token.ts';
import { AutoscalerHttp } from './http/autoscaler-http.ts';
import { addMetrics } from './http/metrics.ts';
import { loadPage } from './http/page.ts';
import { Autoscaler } from './loop/autoscaler.ts';
import { DecisionHistory } from './loop/decision-history.ts';
import { knownPopulations } from './loop/known-populations.ts';
import { leaseTtlMs, Leadership } from './loop/leadership.ts';
import { RedisOrderBook } from './loop/redis-order-book.ts';
import { within } from './loop/within.ts';
import { ModelFolder } from './model-store/folder.ts';
import { LayeredModels } from './model-store/layered-models.ts';
import { RulesAndModels } from './model-store/policy-shelf.ts';
import { redisModelStore } from './model-store/redis-models.ts';
import { ShippedModels } from './model-store/shipped-models.ts';
import { ContinualCalibration } from './run/continual/continual-calibration.ts';
import { redisFarmProfiles } from './run/continual/farm-profiles.ts';
import { openRunService } from './run/service/run-service.ts';
import { thisFarm } from './run/service/this-farm.ts';
import { onlineLearning } from './run/online/online-learning.ts';
import { makeShadowReport } from './run/shadow/make-report.ts';
import { openScaler } from './scaler/open-scaler.ts';
import { StepTime } from './scaler/patience.ts';
import { farmhandProfile } from './sim/profiles/farmhand.ts';

/** The shipped models: `configuration.copy` of stack.yml puts them beside this file; in the project they are in its root. */
function modelFolder(): ModelFolder {
  const beside = join(import.meta.dirname, 'models');
  return new ModelFolder(existsSync(beside) ? beside : join(import.meta.dirname, '..', 'models'));
}

/** Composes the autoscaler: queue and drain on Redis, replicas through the gateway, one leader, its HTTP and its page. */
export default async function start(host: Host): Promise<FarmFunction> {
  const { config, secrets, clock, log, instance } = host;
  const addPage = await loadPage(host);
  if (secrets.redisUrl === null) {
    throw new FarmhandError('CONFIG_INVALID', 'no Redis is configured; set the secret redis-url or REDIS_URL');
  }
  const { redis, blocking } = await connectPair({ url: secrets.redisUrl, log });
  const farm = openRedisFarm({ redis, blocking, config, client: instance });

  const { stepDurationS } = config.control;
  const stepTime = new StepTime(stepDurationS);
  const scaler = await openScaler({ config, secrets, clock, log, stepTime });

  const key = farm.keys.leader('autoscaler');
  const lease = new RedisLease({ redis, key, holder: instance, ttlMs: leaseTtlMs(stepDurationS) });
  const leadership = new Leadership({
    ...{ lease, clock, log, stepDurationS },
    onTerm: () => autoscaler.takeOffice(),
    onFollowing: () => autoscaler.keepUp(),
  });

  let orders = 0;
  const folder = modelFolder();
  const store = redisModelStore({ redis, farm: config.farm, clock });
  const models = new LayeredModels({ store, shipped: new ShippedModels(folder) });
  const policies = new RulesAndModels({ folder, store });
  const autoscaler = await Autoscaler.start(
    {
      queue: farm.observer,
      drain: farm.roster,
      scaler,
      sink: farm.journal,
      policies,
      shield: config.shield,
      populationOf: knownPopulations(config),
      learning: onlineLearning({ store: models, config, revision: null, log }),
      clock,
      log,
      newOrder: () => `${instance}-${(orders += 1)}`,
      leads: () => leadership.leads,
      orders: new RedisOrderBook({
        redis,
        farm: config.farm,
        lease: key,
        holder: instance,
        control: config.control,
        log,
      }),
      onStep(durationS) {
        leadership.pace(durationS);
        stepTime.pace(durationS);
      },
    },
    config.control,
  );
  // Not before: who leads takes up the orders that hold.
  await leadership.start();
  const profiles = redisFarmProfiles({ redis, farm: config.farm });
  const leads = (): boolean => leadership.leads;
  const calibration = new ContinualCalibration({ ...farm, profiles, prior: farmhandProfile, clock, log, leads });
  calibration.start();
  const runs = openRunService({
    ...{ redis, config, secrets, instance, models, clock, log },
    modelsFolder: folder.path,
    thisFarm: thisFarm({ queue: farm, profiles, config, clock }),
    rng: host.rng.fork('runs'),
  });
  addMetrics(host.metrics, { autoscaler, runs, clock });
  const { knowledge } = autoscaler;
  const http = new AutoscalerHttp({
    history: new DecisionHistory({ knowledge, journal: farm.journal, leads, clock }),
    ...{ autoscaler, policies, models, runs, config, instance, clock, log },
    makeShadowReport: async (question) =>
      makeShadowReport({
        ...{ ...farm, ...question, policies, config },
        profile: (await profiles.latest())?.profile ?? farmhandProfile,
      }),
    authorise: requireToken(secrets),
    whyNotReady: () => (stopping === null ? null : 'stopping'),
  });

  let stopping: Promise<void> | null = null;
  const stop = async (graceMs: number): Promise<void> => {
    http.close();
    // While Redis is away nothing can be withdrawn or given up; orders and lease run out by themselves.
    for (const connection of [redis, blocking]) stopWaitingForRedis(connection);
    const stopped = Promise.allSettled([
      autoscaler.stop().then(() => leadership.stop()),
      runs.stop(),
      calibration.stop(),
    ]);
    const ended = await within(stopped, { clock, timeoutMs: graceMs });
    for (const one of ended.kind === 'done' ? ended.value : []) {
      if (one.status === 'fulfilled') continue;
      log.warn({ error: coerceError(one.reason).message }, 'not everything stopped in order');
    }
    redis.disconnect();
    blocking.disconnect();
  };
  return {
    routes(app) {
      addPage(app);
      http.addTo(app);
    },
    ready: () => stopping === null,
    stop: (graceMs) => (stopping ??= stop(graceMs)),
  };
}
