import { SECOND } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { FarmFunction, Host } from '#shared/farm-function.ts';
import { resultBlob } from '#shared/queue/blobs.ts';
import { openRedisFarm } from '#shared/queue/redis-farm.ts';
import { RedisDoorbell } from '#shared/queue/redis-doorbell.ts';
import { connectPair, redisUrlOf } from '#shared/redis.ts';
import { Heartbeat } from './heartbeat.ts';
import { createCatalogue } from './kinds/catalogue.ts';
import { rememberKinds } from './remembered-kinds.ts';
import { workerMetrics } from './worker-metrics.ts';
import { WorkerLoop } from './worker-loop.ts';
import { workWith } from './work.ts';

/** The worker: one loop that starts with its process; HTTP only tells how it does. */
export default async function start(host: Host): Promise<FarmFunction> {
  const { config, clock, log, rng, secrets, instance: member } = host;
  const url = redisUrlOf(secrets);
  const { redis, blocking } = await connectPair({ url, log });
  const { keys, source, roster, blobs } = openRedisFarm({ redis, config, client: member });
  const doorbell = new RedisDoorbell({ blocking, keys, member, stage: 'worker' });
  const kinds = rememberKinds(createCatalogue(), { redis, keys });
  const heartbeat = new Heartbeat(
    {
      redisUrl: url,
      farm: config.farm,
      worker: member,
      leaseMs: config.queue.leaseS * SECOND,
      maxAttempts: config.queue.maxAttempts,
      maxHoldMs: config.worker.maxTaskS * SECOND,
    },
    { clock, log, beat: (ids) => source.beat(member, ids) },
  );
  const work = workWith({
    kinds,
    clock,
    maxTaskMs: config.worker.maxTaskS * SECOND,
    heartbeat,
    lend: ({ task }, signal) => ({
      clock,
      signal,
      log,
      fileRoots: config.worker.fileRoots,
      async blob() {
        const bytes = await blobs.get(task.id);
        if (bytes === null)
          throw new FarmhandError('BLOB_GONE', `the payload of ${task.id} expired (queue.blobTtlS) or was deleted`);
        return bytes;
      },
      async putOutput(bytes) {
        const id = resultBlob(task.id);
        await blobs.put(id, bytes);
        return id;
      },
    }),
  });
  const onFinished = workerMetrics(host.metrics, {
    kinds: () => kinds.names,
    busy: () => loop.status.state === 'busy',
  });
  const { concurrency, prefetch } = config.worker;
  const { maxAttempts } = config.queue;
  const limits = { concurrency, prefetch, maxAttempts };
  const loop = new WorkerLoop({ member, source, roster, doorbell, work, ...limits, clock, rng, log, onFinished });
  void kinds.loadRemembered(log).then(() => loop.start());
  return {
    routes(app) {
      app.get('/status', () => ({ worker: member, ...loop.status, kinds: kinds.names }));
    },
    ready: () => ['idle', 'busy'].includes(loop.status.state),
    async stop(graceMs) {
      await loop.stop(graceMs);
      await heartbeat.stop();
      await doorbell.close();
      redis.disconnect();
    },
  };
}
