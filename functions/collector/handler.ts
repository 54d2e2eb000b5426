import type { FarmFunction, Host } from '#shared/farm-function.ts';
import { MemberLoop } from '#shared/queue/member-loop.ts';
import { RedisDoorbell } from '#shared/queue/redis-doorbell.ts';
import { openRedisFarm } from '#shared/queue/redis-farm.ts';
import { connectPair, redisUrlOf, requireRedis, stopWaitingForRedis } from '#shared/redis.ts';
import { requireToken } from '#shared/token.ts';
import { collect, type CollectOptions } from './collect.ts';
import { collectorMetrics } from './collector-metrics.ts';
import { Delivery } from './delivery.ts';
import { addCollectorRoutes } from './routes.ts';

/** The collector: gives every result its verdict and its one record. One instance. */
export default async function start(host: Host): Promise<FarmFunction> {
  const { config, clock, log, secrets, metrics, instance: member } = host;
  const url = redisUrlOf(secrets);
  const { redis, blocking } = await connectPair({ url, log });
  const { keys, sink, source, roster, blobs, archive, observer } = openRedisFarm({ redis, config, client: member });
  const doorbell = new RedisDoorbell({ blocking, keys, member, stage: 'result' });
  const delivery = new Delivery({ blobs, roots: config.collector.outputRoots, log });
  const onCollected = collectorMetrics(metrics, { observer, thumbnails: () => delivery.counts });
  const collecting: CollectOptions = {
    sink,
    source,
    doorbell,
    deliver: (result) => delivery.deliver(result),
    onCollected,
  };
  const turn = (signal: AbortSignal): Promise<void> => collect(collecting, signal);
  const loop = new MemberLoop({ member, role: 'collector', roster, doorbell, clock, log, turn });
  loop.start();
  return {
    routes(app) {
      const authorise = requireToken(secrets);
      app.get('/status', () => ({ collector: member, state: loop.state }));
      void app.register(async (scope) => {
        scope.addHook('preHandler', requireRedis(redis));
        const thumbnails = (): { written: number; failed: number } => delivery.counts;
        addCollectorRoutes(scope, { config, archive, observer, blobs, thumbnails, authorise });
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
