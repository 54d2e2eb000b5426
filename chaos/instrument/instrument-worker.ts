import { openSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Clock } from '#shared/clock.ts';
import type { RedisSource } from '#shared/queue/redis-source.ts';
import type { Claim, QueuedTask } from '#shared/task.ts';
import { CrashOrders, type CrashPoint } from './crash-points.ts';
import { Effects } from './effects.ts';
import type { InstrumentLayout } from './layout.ts';
import { ledgerFile, type LedgerEntry } from './ledger.ts';
import { POISON } from './poison.ts';

/** What this file replaces of functions/worker/kinds/calibrated.ts. */
interface CalibratedKind {
  run(task: QueuedTask, context: { clock: Clock; signal: AbortSignal }): Promise<unknown>;
}

/** What it replaces of shared/queue/redis-source.ts. */
interface Replaceable {
  claim: (this: RedisSource, ...request: Parameters<RedisSource['claim']>) => ReturnType<RedisSource['claim']>;
  finish: (this: RedisSource, ...request: Parameters<RedisSource['finish']>) => ReturnType<RedisSource['finish']>;
}

/** Puts the instrument around the worker's claim, finish and `calibrated` kind; the worker's own modules are the ones changed. */
export async function instrumentWorker(
  layout: InstrumentLayout,
  worker: { functionFolder: string; trueTime: () => number },
): Promise<void> {
  const { functionFolder, trueTime } = worker;
  const orders = new CrashOrders(layout.orders);
  const effects = new Effects(layout.effects);
  const ledger = openSync(ledgerFile(layout.ledgers, { pid: process.pid, startedAt: trueTime() }), 'a');
  const note = (entry: LedgerEntry): void => void writeSync(ledger, `${JSON.stringify(entry)}\n`);
  const crash = (point: string, id: string): void => {
    note({ what: 'crashed', id, at: trueTime(), point });
    process.kill(process.pid, 'SIGKILL');
  };
  const pass = (point: CrashPoint, claims: readonly Claim[]): void => {
    const first = claims[0];
    if (first === undefined || !orders.take(point)) return;
    orders.report(point, { pid: process.pid, at: trueTime() });
    crash(point, first.task.id);
  };
  const noteClaims = (claims: readonly Claim[]): void => {
    for (const { task, epoch, claimedAt, leaseExpiresAt } of claims)
      note({ what: 'claimed', id: task.id, epoch, claimedAt, expiresAt: leaseExpiresAt });
  };

  const resolve = createRequire(join(functionFolder, 'handler.js')).resolve;
  const load = async <T>(path: string): Promise<T> => (await import(pathToFileURL(path).href)) as T;
  const source = await load<{ RedisSource: { prototype: Replaceable } }>(resolve('#shared/queue/redis-source.ts'));
  const { prototype } = source.RedisSource;
  const { claim, finish } = prototype;
  prototype.claim = async function (request) {
    const reply = await claim.call(this, request);
    const claims = claimsIn(reply);
    noteClaims(claims);
    pass('after-claim', claims);
    return reply;
  };
  prototype.finish = async function (request) {
    const ended = claimsIn(request);
    pass('before-finish', ended);
    const reply = await finish.call(this, request);
    const accepted = [reply.accepted].flat();
    for (const [i, { task, epoch }] of ended.entries())
      note({ what: 'finished', id: task.id, epoch, accepted: accepted[i] ?? false });
    noteClaims(claimsIn(reply));
    pass('after-finish', ended);
    return reply;
  };

  const kinds = await load<{ calibratedKind: CalibratedKind }>(
    join(functionFolder, 'kinds', `calibrated${extname(import.meta.filename)}`),
  );
  const { calibratedKind } = kinds;
  const run = calibratedKind.run.bind(calibratedKind);
  calibratedKind.run = async (task, context) => {
    const { chaos, serviceMs } = task.payload as { serviceMs: number; chaos?: string };
    if (chaos === POISON) crash(POISON, task.id);
    if (orders.take('in-work')) {
      await context.clock.sleep(serviceMs / 2);
      orders.report('in-work', { pid: process.pid, at: trueTime() });
      crash('in-work', task.id);
    }
    if (orders.take('in-work-freeze')) {
      await context.clock.sleep(serviceMs / 2);
      orders.report('in-work-freeze', { pid: process.pid, at: trueTime() });
      process.kill(process.pid, 'SIGSTOP');
    }
    const value = await run({ ...task, payload: { serviceMs } }, context);
    note({ what: 'executed', id: task.id, at: trueTime() });
    effects.make(task.id, process.pid);
    return value;
  };
}

/** Every claim in a request or a reply, however these are built: one, several, or in the `next` of a finish. */
function claimsIn(value: unknown): Claim[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('task' in value && 'epoch' in value) return [value as Claim];
  return (Object.values(value) as unknown[]).flatMap(claimsIn);
}
