import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import startAutoscaler from '#autoscaler/handler.ts';
import type { Decision } from '#autoscaler/loop/decision.ts';
import { SystemClock } from '#shared/clock.ts';
import { parseConfig, type Secrets } from '#shared/config.ts';
import type { FarmFunction, Host } from '#shared/farm-function.ts';
import { answerErrors } from '#shared/http-errors.ts';
import { silentLogger } from '#shared/log.ts';
import { createMetrics } from '#shared/metrics.ts';
import type { RedisFarm } from '#shared/queue/redis-farm.ts';
import { Sfc32 } from '#shared/rng.ts';
import { startPrivateRedis } from '../../local/redis/private-redis.ts';
import { openTestFarm } from '../support/farm.ts';
import { redisProgram } from '../support/redis-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { credentials, startFakeGateway, type FakeGateway } from './support/fake-gateway.ts';

const TOKEN = 'a-long-token';
const clock = new SystemClock();

interface Running {
  readonly app: FastifyInstance;
  readonly fn: FarmFunction;
  readonly decisions: () => Promise<Decision[]>;
  readonly post: (url: string, body?: object) => Promise<{ statusCode: number; json: () => unknown }>;
}

/** The handler as the host starts it, with HTTP in memory. */
async function start(of: {
  redisUrl: string;
  farm: string;
  gateway: FakeGateway;
  instance?: string;
  control?: string;
}): Promise<Running> {
  const config = parseConfig(
    `farm: ${of.farm}\ncontrol: {policy: static-3, stepDurationS: 0.2, drainTimeoutS: 5, ${of.control ?? ''}}`,
    { file: 'test', environment: { FARM_GATEWAY_URL: of.gateway.url } },
  );
  const secrets: Secrets = {
    redisUrl: of.redisUrl,
    farmToken: TOKEN,
    gatewayUser: credentials.user,
    gatewayPassword: credentials.password,
  };
  const host: Host = {
    ...{ fn: 'autoscaler', instance: of.instance ?? 'autoscaler-1', config, secrets, clock },
    ...{ rng: new Sfc32(1), log: silentLogger, metrics: createMetrics() },
  };
  const fn = await startAutoscaler(host);
  const app = Fastify();
  answerErrors(app);
  fn.routes?.(app);
  onTestFinished(async () => {
    await fn.stop(5_000);
    await app.close();
  });
  return {
    app,
    fn,
    decisions: async () => (await app.inject('/decisions?limit=1000')).json<{ decisions: Decision[] }>().decisions,
    post: (url, body) =>
      app.inject({
        method: 'POST',
        url,
        headers: { authorization: `Bearer ${TOKEN}` },
        ...(body === undefined ? {} : { payload: body }),
      }),
  };
}

async function fakeGateway(replicas: number): Promise<FakeGateway> {
  const gateway = await startFakeGateway({ replicas });
  onTestFinished(() => gateway.stop());
  return gateway;
}

/** A worker that only answers its SYN, with what real ones say, and leaves when its replica goes. */
async function startWorker(farm: RedisFarm, id: string, gateway: FakeGateway): Promise<void> {
  await farm.roster.announce({ id, role: 'worker' });
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  void (async () => {
    while (!ended.signal.aborted) {
      const order = await farm.roster.orderFor(id);
      if (order !== null) {
        const { replicas } = gateway.state;
        await farm.roster.acknowledge({ order: order.id, member: id, state: 'drained' });
        await until('its replica goes', () => gateway.state.replicas < replicas);
        await farm.roster.leave(id);
        return;
      }
      await clock.sleep(20, ended.signal);
    }
  })().catch(() => undefined);
}

test('scales a real queue’s workers up, and down by SYN and ACK, and leaves its decisions in Redis', async () => {
  const farm = await openTestFarm();
  onTestFinished(() => farm.close());
  const gateway = await fakeGateway(1);
  const { app, post } = await start({ redisUrl: farm.url, farm: farm.config.farm, gateway });
  await until('three replicas', () => gateway.state.replicas === 3);
  for (const id of ['w1', 'w2', 'w3']) await startWorker(farm, id, gateway);

  const episode = await post('/episodes', { policy: 'static-1', initialWorkers: 2, stepDurationS: 0.2 });
  expect(episode.statusCode).toBe(201);
  expect(episode.json()).toMatchObject({ policy: 'static-1', prepared: { requested: 2, granted: 2, ready: 2 } });
  expect(await farm.roster.members()).toHaveLength(2);

  await until('one replica', () => gateway.state.replicas === 1);
  await until('the end of its decision', async () => {
    const { scaling } = (await app.inject('/episodes/current')).json<{ scaling: { down: number } }>();
    return scaling.down === 1;
  });
  expect(await farm.roster.members()).toHaveLength(1);
  await until('the decision in Redis', async () => {
    const kept = (await farm.journal.list(100)) as Decision[];
    return kept.some(({ outcome, drained, granted }) => outcome === 'down' && drained === 1 && granted === 1);
  });
});

test('of two autoscalers one decides; when it stops the other takes over', async () => {
  const farm = await openTestFarm();
  onTestFinished(() => farm.close());
  const gateway = await fakeGateway(3);
  const shared = { redisUrl: farm.url, farm: farm.config.farm, gateway };
  const first = await start({ ...shared, instance: 'autoscaler-1' });
  const second = await start({ ...shared, instance: 'autoscaler-2' });
  await until('decisions of the first', async () => (await first.decisions()).length >= 3);
  const stepsOfSecond = async (): Promise<number> =>
    (await second.app.inject('/episodes/current')).json<{ steps: number }>().steps;
  expect(await stepsOfSecond()).toBe(0);
  expect((await second.post('/pause')).statusCode).toBe(409);
  await first.fn.stop(5_000);
  await until('decisions of the second', async () => (await stepsOfSecond()) > 0);
});

test('outlives a Redis that hangs, and one that dies and comes back', { timeout: 30_000 }, async () => {
  const folder = temporaryFolder();
  const redis = await startPrivateRedis({
    ...{ program: await redisProgram(), folder, logFile: join(folder, 'redis.log'), clock, log: silentLogger },
  });
  onTestFinished(() => redis.stop());
  const gateway = await fakeGateway(3);
  const running = await start({ redisUrl: redis.url, farm: 'outage', gateway });
  const problems = async (): Promise<object> =>
    (await running.app.inject('/status')).json<{ problems: object }>().problems;
  const seesTheFarm = async (): Promise<void> => {
    const since = clock.farmTime();
    await until('a decision on what it sees', async () => {
      const last = (await running.decisions())[0];
      return last !== undefined && last.at > since && last.observation !== null;
    });
    expect(await problems()).toEqual({});
  };
  const hang = async (): Promise<number> => {
    const pid = redis.pid!;
    process.kill(pid, 'SIGSTOP');
    await until('the problem is seen', async () => 'queue' in (await problems()));
    const blindSince = clock.farmTime();
    await until(
      'it leads no more',
      async () => !(await running.app.inject('/status')).json<{ leads: boolean }>().leads,
    );
    // On a busy machine the lease may run out before the next step: then there is none to hold.
    const last = (await running.decisions())[0]!;
    if (last.at > blindSince) expect(last).toMatchObject({ outcome: 'noop', observation: null });
    expect(gateway.state.replicas).toBe(3);
    return pid;
  };

  await seesTheFarm();
  process.kill(await hang(), 'SIGCONT');
  await seesTheFarm();
  process.kill(await hang(), 'SIGKILL');
  await seesTheFarm();
});

test('stops within its grace while Redis hangs', async () => {
  const folder = temporaryFolder();
  const redis = await startPrivateRedis({
    ...{ program: await redisProgram(), folder, logFile: join(folder, 'redis.log'), clock, log: silentLogger },
  });
  onTestFinished(() => redis.stop());
  const running = await start({ redisUrl: redis.url, farm: 'outage', gateway: await fakeGateway(3) });
  process.kill(redis.pid!, 'SIGSTOP');
  const startMs = clock.monotonic();
  await running.fn.stop(500);
  expect(clock.monotonic() - startMs).toBeLessThan(10_000);
  expect(running.fn.ready()).toBe(false);
  process.kill(redis.pid!, 'SIGCONT');
});

test('says what is missing when no Redis is configured', async () => {
  const gateway = await fakeGateway(1);
  await expect(start({ redisUrl: null as never, farm: 'x', gateway })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('secret redis-url') as string,
  });
});
