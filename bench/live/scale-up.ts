import { MINUTE, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Archive } from '#shared/queue/task-sink.ts';
import type { Drain } from '#shared/queue/roster.ts';
import type { FarmClient } from './farm-client.ts';
import { quantile } from './statistics.ts';

export interface ScaleUpParts {
  readonly farm: FarmClient;
  readonly archive: Archive;
  readonly roster: Pick<Drain, 'members'>;
  readonly clock: Clock;
  /** Redis TIME, ms. */
  readonly farmTime: () => Promise<number>;
}

/** Work of one task: short, so that the farm is soon empty again. */
const SERVICE_MS = 50;
/** More work than the workers that are there can take before the new ones come. */
const TASKS_PER_NEW_WORKER = 80;

/**
 * From the decision to scale from 1 to 1 + `added` workers to each new worker's first claim, with work waiting: the cold
 * start of processes, their connection and their first round trip. p95 over all new workers of `rounds` rounds, in ms.
 */
export async function measureScaleUp(
  parts: ScaleUpParts,
  { added, rounds }: { added: number; rounds: number },
): Promise<number> {
  const delays: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await settleAt(parts, 1);
    delays.push(...(await scaleUpOnce(parts, { added, name: `${added}-${round}` })));
  }
  await settleAt(parts, 1);
  return quantile(delays, 0.95);
}

async function scaleUpOnce(parts: ScaleUpParts, { added, name }: { added: number; name: string }): Promise<number[]> {
  const { farm, archive, farmTime } = parts;
  const before = new Set(await workers(parts));
  const count = TASKS_PER_NEW_WORKER * added;
  const ids = Array.from({ length: count }, (_, i) => `bench-scale-${name}-${i}`);
  const tasks = ids.map((id) => ({ id, kind: 'calibrated', payload: { serviceMs: SERVICE_MS } }));
  await farm.call('POST', '/function/emitter/tasks', tasks);
  const decidedAt = await farmTime();
  await farm.scaleWorkers(1 + added);
  const firstClaims = new Map<string, number>();
  await until(parts, 'the work is done', async () => {
    const { records } = await archive.records({ offset: 0, limit: count });
    const ours = records.filter(({ id }) => id.startsWith(`bench-scale-${name}-`));
    if (ours.length < count) return false;
    for (const { worker, claimedAt } of ours) {
      if (!before.has(worker)) firstClaims.set(worker, Math.min(claimedAt, firstClaims.get(worker) ?? Infinity));
    }
    return true;
  });
  if (firstClaims.size < added) {
    throw new FarmhandError(
      'START_FAILED',
      `${added} workers were added, and only ${firstClaims.size} came to claim anything`,
    );
  }
  return [...firstClaims.values()].map((claimedAt) => claimedAt - decidedAt);
}

async function workers({ roster }: ScaleUpParts): Promise<string[]> {
  return (await roster.members()).filter(({ role }) => role === 'worker').map(({ id }) => id);
}

/** Brings the farm to so many workers and waits until each of them, and no other, is there and idle. */
export async function settleAt(parts: ScaleUpParts, replicas: number): Promise<void> {
  await parts.farm.scaleWorkers(replicas);
  await until(parts, `${replicas} workers are there`, async () => {
    const members = (await parts.roster.members()).filter(({ role }) => role === 'worker');
    return (
      members.length === replicas &&
      members.every(({ holding }) => holding === 0) &&
      (await parts.farm.readyWorkers()) === replicas
    );
  });
}

async function until({ clock }: ScaleUpParts, what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = clock.monotonic() + 2 * MINUTE;
  while (!(await condition())) {
    if (clock.monotonic() > deadline)
      throw new FarmhandError('START_FAILED', `waited two minutes in vain until ${what}`);
    await clock.sleep(50);
  }
}
