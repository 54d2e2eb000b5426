import { Autoscaler } from '#autoscaler/loop/autoscaler.ts';
import { leaseTtlMs, Leadership } from '#autoscaler/loop/leadership.ts';
import { GatewayClient } from '#autoscaler/scaler/gateway-client.ts';
import { GatewayScaler } from '#autoscaler/scaler/gateway-scaler.ts';
import { SystemClock } from '#shared/clock.ts';
import { parseConfig } from '#shared/config.ts';
import { RedisLease } from '#shared/lease.ts';
import { silentLogger } from '#shared/log.ts';
import { openRedisFarm } from '#shared/queue/redis-farm.ts';
import { connectRedis } from '#shared/redis.ts';
import { credentials } from './fake-gateway.ts';
import { rules } from './rules.ts';

/** An autoscaler in a process of its own, to be stopped, woken and killed: redisUrl, farm, gateway's URL, its name, control as JSON. */
const [redisUrl = '', farmName = '', url = '', name = '', control = '{}'] = process.argv.slice(2);

const clock = new SystemClock();
const log = silentLogger;
const config = parseConfig(`farm: ${farmName}\ncontrol: ${control}`, { file: 'test', environment: {} });
const redis = await connectRedis({ url: redisUrl, log });
const blocking = await connectRedis({ url: redisUrl, log });
const farm = openRedisFarm({ redis, blocking, config, client: name });
const gateway = new GatewayClient({ ...credentials, url, namespace: 'openfaas-fn', timeoutMs: 5_000 });
const { stepDurationS } = config.control;
const key = farm.keys.leader('autoscaler');
const lease = new RedisLease({ redis, key, holder: name, ttlMs: leaseTtlMs(stepDurationS) });
const leadership = new Leadership({ lease, clock, log, stepDurationS });
await leadership.start();
let orders = 0;
const autoscaler = await Autoscaler.start(
  {
    ...{ queue: farm.observer, drain: farm.roster, sink: farm.journal, policies: rules, clock, log },
    scaler: new GatewayScaler({ gateway, functionName: 'worker', clock, log }),
    shield: config.shield,
    populationOf: () => null,
    newOrder: () => `${name}-${(orders += 1)}`,
    leads: () => leadership.leads,
  },
  config.control,
);
autoscaler.subscribe((event) => {
  if (event.kind === 'decision') process.send?.({ step: event.decision.step, outcome: event.decision.outcome });
});
process.send?.({ leads: leadership.leads });
process.on('disconnect', () => process.exit(0));
