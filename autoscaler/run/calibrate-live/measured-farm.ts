import { MINUTE, SECOND, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { RedisFarm } from '#shared/queue/redis-farm.ts';
import type { Task, TaskRecord } from '#shared/task.ts';
import type { ScaleDown } from '../../loop/scale-down.ts';
import type { Scaler } from '../../scaler/scaler.ts';
import type { RealFarm } from '../live/real-farm.ts';

/** A farm that is there to be measured: nobody else works on it. */
export interface MeasuredFarm {
  readonly queue: Pick<RedisFarm, 'archive' | 'inbox' | 'observer' | 'roster'>;
  readonly scaler: Scaler;
  readonly scaleDown: ScaleDown;
  /** Starts the calibration's workload as the live environment starts any. */
  readonly real: RealFarm;
  /** Redis TIME, ms. */
  readonly farmTime: () => Promise<number>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 0.05 * SECOND;
/** Records that are looked through: more than one measurement makes. */
const NEWEST = 1_000;

/** Waits until `condition` gives something. @throws START_FAILED after a minute; the signal's reason */
export async function until<T>(
  { clock, signal }: Pick<MeasuredFarm, 'clock' | 'signal'>,
  what: string,
  condition: () => Promise<T | null>,
): Promise<T> {
  const deadlineMs = clock.monotonic() + MINUTE;
  for (;;) {
    signal.throwIfAborted();
    const met = await condition();
    if (met !== null) return met;
    if (clock.monotonic() > deadlineMs)
      throw new FarmhandError('START_FAILED', `waited a minute in vain until ${what}`);
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}

/** Tasks `<name>-0`, `<name>-1`, … that wait out their times. */
export function waitingTasks(name: string, servicesMs: readonly number[]): Task[] {
  return servicesMs.map((serviceMs, i) => ({
    id: `${name}-${i}`,
    kind: 'calibrated',
    payload: { serviceMs },
    expectedServiceMs: serviceMs,
    deadlineMs: MINUTE,
    run: name,
  }));
}

export async function submit({ queue }: MeasuredFarm, tasks: readonly Task[]): Promise<void> {
  await queue.inbox.submit(tasks.map((task) => ({ kind: 'task', id: task.id, task })));
}

/** The records of these tasks as soon as each has one. */
export async function recordsOf(farm: MeasuredFarm, tasks: readonly Task[]): Promise<readonly TaskRecord[]> {
  const ids = new Set(tasks.map(({ id }) => id));
  return until(farm, 'every task has its record', async () => {
    const { records } = await farm.queue.archive.records({ offset: 0, limit: NEWEST });
    const found = records.filter(({ id }) => ids.has(id));
    return found.length === ids.size ? found : null;
  });
}

/** Ids of the workers that are there. */
export async function workersOf({ queue }: MeasuredFarm): Promise<string[]> {
  return (await queue.roster.members()).filter(({ role }) => role === 'worker').map(({ id }) => id);
}
