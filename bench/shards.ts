import { z } from 'zod';
import { MINUTE, SECOND, type Clock } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { FarmClient } from './live/farm-client.ts';
import { startOwnFarm } from './own-farm.ts';
import { SoakAudit, type SoakOutcome } from './soak/audit.ts';
import { soakId } from './soak/load.ts';
import { SteadyLoad } from './steady-load.ts';

/** What `farmhand bench shards` prints: from one worker to many and back, behind a gateway that grants few of each function. */
export interface ShardsFigures extends SoakOutcome {
  readonly grantedOfEach: number;
  /** Once all that were granted are ready. */
  readonly up: ShardsReading;
  readonly upS: number;
  readonly down: ShardsReading;
  readonly downS: number;
}

/** What there is, and where the farm says so. */
export interface ShardsReading {
  readonly requested: number;
  /** Replicas of all worker functions, by the gateway's word. */
  readonly workers: number;
  readonly functions: number;
  readonly decision: { readonly requested: number | null; readonly granted: number | null; readonly because: string };
  readonly status: { readonly desired: number; readonly granted: number; readonly ready: number };
  readonly metrics: { readonly desired: number; readonly granted: number };
}

export interface ShardsOptions {
  readonly root: string;
  readonly environment: Environment;
  /** Workers to reach. */
  readonly workers: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onStep: (sentence: string) => void;
}

const GRANTED_OF_EACH = 5;
const SERVICE_MS = 250;
/** Workers kept busy while there is one worker, and while there are many. */
const LOW = 0.6;
const HIGH = 6;
/** All of the workers work for so long. */
const WORK_MS = 5 * SECOND;
const WITHIN_MS = 4 * MINUTE;
const LOOK_MS = 200;

/** On a farm of its own, under a steady load, with the scaler `sharded-gateway`. Throws START_FAILED when it does not get there. */
export async function benchShards(options: ShardsOptions): Promise<ShardsFigures> {
  const { workers, clock, signal, onStep } = options;
  await using farm = await startOwnFarm({ ...options, settings: settings() });
  const { client, queue } = farm;
  const audit = new SoakAudit(queue.archive);
  const load = new SteadyLoad({
    ...{ farm: client, level: LOW, serviceMs: SERVICE_MS, idOf: soakId, clock, onTrouble: onStep },
  });
  const over = new AbortController();
  const loading = load.run(AbortSignal.any([signal, over.signal]));
  const reach = async (wanted: number): Promise<{ reading: ShardsReading; seconds: number }> => {
    onStep(`${wanted} ${wanted === 1 ? 'worker' : 'workers'}`);
    const startedMs = clock.monotonic();
    await client.call('PUT', '/function/autoscaler/policy', { live: `static-${wanted}` });
    const reading = await untilThere(options, { client, wanted });
    return { reading, seconds: (clock.monotonic() - startedMs) / SECOND };
  };
  try {
    load.level = HIGH;
    const up = await reach(workers);
    await clock.sleep(WORK_MS, signal);
    load.level = LOW;
    const down = await reach(1);
    over.abort();
    await loading;
    await audit.settle(load.accepted, clock);
    return {
      ...{ grantedOfEach: GRANTED_OF_EACH, up: up.reading, upS: up.seconds, down: down.reading, downS: down.seconds },
      ...(await audit.close(load.accepted)),
    };
  } finally {
    over.abort();
    await loading.catch(() => undefined);
  }
}

function settings(): Record<string, string> {
  return {
    FARM_LOCAL_MAXREPLICAS: String(GRANTED_OF_EACH),
    FARM_GATEWAY_SCALER: 'sharded-gateway',
    FARM_CONTROL_POLICY: 'static-1',
    FARM_CONTROL_MAXSCALINGSTEP: '31',
    // Every record is there at the end.
    FARM_QUEUE_RETAINRECORDS: '1000000',
  };
}

/** As many as were asked for, in no more functions than they need, all of them ready, and the autoscaler has seen it. */
async function untilThere(
  { clock, signal }: ShardsOptions,
  { client, wanted }: { client: FarmClient; wanted: number },
): Promise<ShardsReading> {
  const deadlineMs = clock.monotonic() + WITHIN_MS;
  for (;;) {
    const { workers, functions, status } = await readWorkers(client);
    const granted = [workers, status?.granted, status?.ready].every((count) => count === wanted);
    if (status !== null && granted && functions === Math.ceil(wanted / GRANTED_OF_EACH)) {
      const decision = await readDecision(client, wanted);
      return { requested: wanted, workers, functions, decision, status, metrics: await readMetrics(client) };
    }
    if (clock.monotonic() > deadlineMs) {
      const there = `${workers} in ${functions} functions, of which ${status?.ready ?? 0} are ready`;
      throw new FarmhandError('START_FAILED', `${wanted} workers were asked for; there are ${there}`);
    }
    await clock.sleep(LOOK_MS, signal);
    signal.throwIfAborted();
  }
}

const functionsShown = z.array(z.object({ name: z.string(), replicas: z.number().default(0) }));
const statusShown = z.object({
  workers: z.object({ desired: z.number(), granted: z.number(), ready: z.number() }).nullable(),
});
const decisionsShown = z.object({
  decisions: z.array(
    z.object({ requested: z.number().nullable(), granted: z.number().nullable(), because: z.string() }),
  ),
});

async function readWorkers(
  client: FarmClient,
): Promise<{ workers: number; functions: number; status: ShardsReading['status'] | null }> {
  const functions = functionsShown
    .parse(await client.call('GET', '/system/functions'))
    .filter(({ name }) => /^worker(-\d+)?$/.test(name));
  const { workers: status } = statusShown.parse(await client.call('GET', '/function/autoscaler/status'));
  return { workers: functions.reduce((sum, { replicas }) => sum + replicas, 0), functions: functions.length, status };
}

/** The one that asked for so many. */
async function readDecision(client: FarmClient, requested: number): Promise<ShardsReading['decision']> {
  const { decisions } = decisionsShown.parse(await client.call('GET', '/function/autoscaler/decisions?limit=1000'));
  const found = decisions.find((one) => one.requested === requested);
  if (found === undefined) throw new FarmhandError('INTERNAL', `no decision asked for ${requested} workers`);
  return found;
}

async function readMetrics(client: FarmClient): Promise<ShardsReading['metrics']> {
  const text = await client.text('/function/autoscaler/metrics');
  const gauge = (state: string): number =>
    Number(new RegExp(`^farmhand_autoscaler_workers\\{state="${state}"\\} (\\d+)$`, 'm').exec(text)?.[1]);
  return { desired: gauge('desired'), granted: gauge('granted') };
}
