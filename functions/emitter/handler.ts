import type { FarmFunction, Host } from '#shared/farm-function.ts';
import { Sfc32 } from '#shared/rng.ts';
import { MemberLoop } from '#shared/queue/member-loop.ts';
import { RedisDoorbell } from '#shared/queue/redis-doorbell.ts';
import { openRedisFarm } from '#shared/queue/redis-farm.ts';
import { connectPair, farmTimeOf, redisUrlOf, requireRedis, stopWaitingForRedis } from '#shared/redis.ts';
import { requireToken } from '#shared/token.ts';
import { createImageSource } from '#shared/workload/image-source.ts';
import { emitPhase } from './emission.ts';
import { addEmitterGauges, meterInbox } from './emitter-metrics.ts';
import { Emitter } from './emitter.ts';
import { duePhase } from './phase-tasks.ts';
import { addRunRoutes } from './run-routes.ts';
import { RunStore } from './run-store.ts';
import { addTaskRoutes } from './task-routes.ts';

/** The emitter: moves what is submitted into lanes, and runs workloads. One instance. */
export default async function start(host: Host): Promise<FarmFunction> {
  const { config, clock, log, rng, secrets, instance: member } = host;
  const url = redisUrlOf(secrets);
  const { redis, blocking } = await connectPair({ url, log });
  const { keys, source, roster, blobs, archive, observer, ...farm } = openRedisFarm({ redis, config, client: member });
  const inbox = meterInbox(farm.inbox, host.metrics);
  await clock.synchronise(() => farmTimeOf(redis));
  const doorbell = new RedisDoorbell({ blocking, keys, member, stage: 'input' });
  const runs = new RunStore({ redis, keys });
  const images = createImageSource({ rng: new Sfc32(config.workload.seed).fork('images') });
  const emitter = new Emitter({
    inbox,
    source,
    doorbell,
    clock,
    log,
    async ring() {
      await redis.rpush(keys.mail(member), '1');
    },
    async emitPhase(taken, signal) {
      const { phase } = taken;
      // This machine's clock may have been set since the last phase.
      await clock.synchronise(() => farmTimeOf(redis));
      const run = await runs.find(phase.run);
      if (run === null || run.stopped) {
        await inbox.stopRun(phase.run);
        return;
      }
      log.info({ run: run.id, phase: phase.name, emitted: taken.emitted }, 'emits a phase');
      const due = duePhase({ run, index: phase.index, config, images });
      const ended = await emitPhase({ inbox, blobs, clock, log }, { taken, due, signal });
      log.info({ run: run.id, phase: phase.name, tasks: due.tasks.length }, `the phase is ${ended}`);
    },
  });
  addEmitterGauges(host.metrics, { observer, emitting: () => emitter.emitting });
  const loop = new MemberLoop({
    member,
    role: 'emitter',
    roster,
    doorbell,
    clock,
    log,
    resume: () => emitter.recover(),
    pause: () => emitter.interrupt(),
    turn: (signal) => emitter.turn(signal),
  });
  loop.start();
  return {
    routes(app) {
      const authorise = requireToken(secrets);
      app.get('/status', () => ({ emitter: member, state: loop.state, emitting: emitter.emitting }));
      void app.register(async (scope) => {
        scope.addHook('preHandler', requireRedis(redis));
        addRunRoutes(scope, {
          ...{ config, clock, rng: rng.fork('runs'), inbox, runs, authorise },
          onStopped: (run) => emitter.abandon(run),
        });
        addTaskRoutes(scope, { config, rng: rng.fork('tasks'), inbox, blobs, archive, authorise });
      });
    },
    ready: () => loop.state === 'working',
    async stop() {
      stopWaitingForRedis(redis);
      await loop.stop();
      await doorbell.close();
      redis.disconnect();
    },
  };
}
