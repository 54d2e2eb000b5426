import { unlessAborted } from '#shared/abort.ts';
import type { FarmConfig } from '#shared/config.ts';
import { silentLogger } from '#shared/log.ts';
import type { Doorbell, Stage } from '#shared/queue/doorbell.ts';
import { RedisDoorbell } from '#shared/queue/redis-doorbell.ts';
import { openRedisFarm, type RedisFarm } from '#shared/queue/redis-farm.ts';
import { connectRedis } from '#shared/redis.ts';
import { BATCH, runCollector, runEmitter, runSlot } from './farmhand-stages.ts';
import { payloadOf, type QueueSide, type ServeOptions, type Serving } from './queue-side.ts';

/** Estimates that put every task into a lane, as a farm's tasks are. */
const EXPECTED_SERVICE_MS = 1_000;
const DEADLINE_MS = 30_000;

/**
 * Farmhand's queue with every stage in this process, each on connections of its own as if it were a process of its own:
 * producer, emitter, worker, collector. Fencing and deduplication cannot be switched off.
 */
export async function openFarmhand(options: {
  redisUrl: string;
  config: FarmConfig;
  payloadBytes: number;
  /** Tasks a claim. */
  batch: number;
}): Promise<QueueSide> {
  const { redisUrl, config } = options;
  const payload = payloadOf(options.payloadBytes);
  const connect = () => connectRedis({ url: redisUrl, log: silentLogger });
  const connections = await Promise.all([connect(), connect(), connect(), connect()]);
  const roles = ['producer', 'emitter', 'worker', 'collector'] as const;
  const [producer, emitter, worker, collector] = connections.map((redis, at) =>
    openRedisFarm({ redis, config, client: roles[at] ?? '' }),
  ) as [RedisFarm, RedisFarm, RedisFarm, RedisFarm];
  let made = 0;

  const submit = async (tasks: number): Promise<void> => {
    const messages = Array.from({ length: tasks }, () => {
      made += 1;
      const id = `t${made}`;
      const times = { expectedServiceMs: EXPECTED_SERVICE_MS, deadlineMs: DEADLINE_MS };
      return { kind: 'task' as const, id, task: { id, kind: 'no-op', payload, ...times } };
    });
    const { accepted } = await producer.inbox.submit(messages);
    if (accepted !== tasks) throw new Error(`${accepted} of ${tasks} tasks were accepted`);
  };

  const serve = async ({ concurrency, until, onStart, onEnd }: ServeOptions): Promise<Serving> => {
    const stopping = new AbortController();
    const { signal } = stopping;
    const bells = await Promise.all(
      (['input', 'worker', 'result'] as const).map((stage) => openBell({ redisUrl, farm: producer, stage })),
    );
    const [inputBell, workerBell, resultBell] = bells as [Doorbell, Doorbell, Doorbell];
    const whole = until === 'recorded';
    const onFinish = whole ? () => undefined : onEnd;
    const common = { doorbell: sharedWait(workerBell), batch: options.batch, signal, onStart, onFinish };
    const slots = Array.from({ length: concurrency }, (_, slot) => `bench/${slot}`);
    await Promise.all(slots.map((id) => worker.roster.announce({ id, role: 'worker' })));
    const parts = slots.map((slot) => runSlot({ ...common, source: worker.source, worker: slot }));
    if (whole) {
      parts.push(runEmitter({ inbox: emitter.inbox, doorbell: inputBell, signal }));
      parts.push(runCollector({ sink: collector.sink, doorbell: resultBell, signal, onRecorded: onEnd }));
    }
    const ended = Promise.allSettled(parts);
    return {
      failed: Promise.all(parts).then(async () => await new Promise<never>(() => undefined)),
      async stop() {
        stopping.abort();
        await ended;
        await Promise.all(bells.map((bell) => bell.close()));
      },
    };
  };

  return {
    name: 'farmhand',
    submit,
    async load(tasks) {
      await submit(tasks);
      while ((await emitter.inbox.take(BATCH)).moved > 0);
    },
    serve,
    async close() {
      for (const redis of connections) redis.disconnect();
    },
  };
}

async function openBell(options: { redisUrl: string; farm: RedisFarm; stage: Stage }): Promise<Doorbell> {
  const blocking = await connectRedis({ url: options.redisUrl, log: silentLogger });
  return new RedisDoorbell({ blocking, keys: options.farm.keys, member: 'bench', stage: options.stage });
}

/** One BLPOP for all slots of a process: the first idle one waits, the others with it. */
function sharedWait(bell: Doorbell): Pick<Doorbell, 'wait'> {
  let waiting: Promise<void> | null = null;
  return {
    async wait(options) {
      waiting ??= bell.wait(options).finally(() => {
        waiting = null;
      });
      await unlessAborted(waiting, options.signal);
    },
  };
}
