import type { Job, JobsOptions, QueueOptions, WorkerOptions } from 'bullmq';
import { createRequire } from 'node:module';
import { payloadOf, type QueueSide, type ServeOptions, type Serving } from './queue-side.ts';

/** A way to set BullMQ up. All keep neither completed nor failed jobs, add in bulk and serve with one Worker. */
export interface BullmqSettings {
  readonly name: string;
  readonly connection: { readonly enableAutoPipelining?: true };
  /** Events kept in its stream, about. */
  readonly events: number;
  readonly worker: Pick<WorkerOptions, 'skipLockRenewal' | 'skipStalledCheck'>;
}

/** Its defaults, and what can make it faster. Without renewals and checks it does not notice a worker's crash by itself. */
export const bullmqSettings: readonly BullmqSettings[] = [
  { name: 'defaults', connection: {}, events: 10_000, worker: {} },
  { name: 'few events', connection: {}, events: 10, worker: {} },
  {
    name: 'few events, no lock renewal, no stalled check',
    connection: {},
    events: 10,
    worker: { skipLockRenewal: true, skipStalledCheck: true },
  },
  {
    name: 'few events, no lock renewal, no stalled check, automatic pipelining',
    connection: { enableAutoPipelining: true },
    events: 10,
    worker: { skipLockRenewal: true, skipStalledCheck: true },
  },
];

/** BullMQ as far as it is used here. */
export interface Bullmq {
  readonly version: string;
  open(options: { redisUrl: string; payloadBytes: number; settings: BullmqSettings }): Promise<QueueSide>;
}

const forgetJobs = { removeOnComplete: true, removeOnFail: true } as const satisfies JobsOptions;

/** Null where the package is not installed: it is needed for nothing but this comparison. */
export async function loadBullmq(): Promise<Bullmq | null> {
  const require = createRequire(import.meta.url);
  let version: string;
  try {
    ({ version } = require('bullmq/package.json') as { version: string });
  } catch {
    return null;
  }
  const { Queue, Worker } = await import('bullmq');
  return {
    version,
    async open({ redisUrl, payloadBytes, settings }) {
      const connection = { ...connectionOf(redisUrl), ...settings.connection };
      const options: QueueOptions = {
        connection,
        defaultJobOptions: forgetJobs,
        streams: { events: { maxLen: settings.events } },
      };
      const name = 'bench';
      const queue = new Queue(name, options);
      queue.on('error', () => undefined); // said again by the call that fails
      await queue.waitUntilReady();
      const data = payloadOf(payloadBytes);
      const submit = async (tasks: number): Promise<void> => {
        await queue.addBulk(Array.from({ length: tasks }, () => ({ name: 'no-op', data })));
      };
      const serve = async ({ concurrency, onStart, onEnd }: ServeOptions): Promise<Serving> => {
        const work = (): Promise<void> => {
          onStart();
          return Promise.resolve();
        };
        const worker = new Worker(name, work, { connection, concurrency, ...settings.worker });
        const failed = new Promise<never>((_, reject) => {
          worker.on('error', reject);
          worker.on('failed', (_job: Job | undefined, error: Error) => reject(error));
        });
        worker.on('completed', () => onEnd(1));
        await worker.waitUntilReady();
        return { failed, stop: () => worker.close() };
      };
      return { name: 'bullmq', submit, load: submit, serve, close: () => queue.close() };
    },
  };
}

/** Options and not the URL, so that nothing that BullMQ prints or throws has the password in it. */
function connectionOf(redisUrl: string): { host: string; port: number; password: string; maxRetriesPerRequest: null } {
  const { hostname, port, password } = new URL(redisUrl);
  return { host: hostname, port: Number(port), password: decodeURIComponent(password), maxRetriesPerRequest: null };
}
