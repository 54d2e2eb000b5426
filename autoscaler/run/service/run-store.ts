import type { Redis } from 'ioredis';
import { FarmhandError, type ErrorCode } from '#shared/errors.ts';
import { runScript } from '#shared/redis-script.ts';
import type { RunKeys } from './run-keys.ts';
import {
  curvePoint,
  hasEnded,
  runRecord,
  type CurvePoint,
  type RunEvent,
  type RunRecord,
  type RunState,
} from './run-record.ts';
import type { RunKind } from './run-requests.ts';
import { ADD, CANCEL } from './run-scripts.ts';
import { runWorkSchema, type RunWork } from './run-work.ts';

/** Runs that are remembered; older ones are forgotten, their models are not. */
const KEPT = 100;
/** Runs that may wait. */
const MOST_WAITING = 20;
/** Events that are read at a time. */
const EVENTS_AT_ONCE = 500;

/** All of a run's fields but its work, which may be large. */
const SHOWN = [
  ...['kind', 'state', 'holder', 'request', 'done', 'total'],
  ...['createdAt', 'startedAt', 'endedAt', 'result', 'error'],
];

export interface NewRun {
  readonly id: string;
  readonly kind: RunKind;
  readonly request: object;
  readonly work: RunWork;
  /** Episodes that there are to be played. */
  readonly total: number;
}

/** A farm's runs in Redis: what everybody may see and ask for. What only the executor may do is in run-desk.ts. */
export class RunStore {
  readonly #redis: Redis;
  readonly #keys: RunKeys;

  constructor(parts: { redis: Redis; keys: RunKeys }) {
    this.#redis = parts.redis;
    this.#keys = parts.keys;
  }

  /** @throws TOO_MANY_REQUESTS where too many wait already */
  async add({ id, kind, request, work, total }: NewRun): Promise<void> {
    const { order, queue, run, changes } = this.#keys;
    const fields = { kind, request: JSON.stringify(request), work: JSON.stringify(work), done: 0, total };
    const added = await runScript(this.#redis, ADD, {
      keys: [run(id), order, queue, changes],
      args: [id, MOST_WAITING, ...Object.entries(fields).flat()],
    });
    if (added === 0) {
      const advice = 'cancel one (DELETE runs/:id), or ask again when one has ended';
      throw new FarmhandError('TOO_MANY_REQUESTS', `${MOST_WAITING} runs wait already; ${advice}`);
    }
    await this.#forget();
  }

  /** Newest first. */
  async list(): Promise<readonly RunRecord[]> {
    const ids = await this.#redis.lrange(this.#keys.order, 0, KEPT - 1);
    const alive = await this.#executor();
    const found = await Promise.all(ids.map((id) => this.#read(id, alive)));
    return found.filter((run) => run !== null);
  }

  /**
   * The runs that changed after the change `after`, each once and as it is now; none of them for null. `last`: the last change,
   * to be asked with the next time.
   */
  async changed(after: string | null): Promise<{ readonly last: string; readonly runs: readonly RunRecord[] }> {
    const { changes } = this.#keys;
    const entries =
      after === null
        ? await this.#redis.xrevrange(changes, '+', '-', 'COUNT', 1)
        : await this.#redis.xrange(changes, `(${after}`, '+');
    const last = entries.at(-1)?.[0] ?? after ?? '0-0';
    if (after === null || entries.length === 0) return { last, runs: [] };
    const alive = await this.#executor();
    const ids = [...new Set(entries.flatMap(([, fields]) => fields[1] ?? []))];
    const found = await Promise.all(ids.map((id) => this.#read(id, alive)));
    return { last, runs: found.filter((run) => run !== null) };
  }

  /** @throws NOT_FOUND */
  async get(id: string): Promise<RunRecord> {
    const run = await this.#read(id, await this.#executor());
    if (run === null) throw missing(id);
    return run;
  }

  /** What the run does. @throws NOT_FOUND */
  async work(id: string): Promise<RunWork> {
    const json = await this.#redis.hget(this.#keys.run(id), 'work');
    if (json === null) throw missing(id);
    return runWorkSchema.parse(JSON.parse(json));
  }

  /** Its curve, by training and episode; empty for what is no training. */
  async curve(id: string): Promise<readonly CurvePoint[]> {
    const points = new Map<string, CurvePoint>();
    for (let after = '-'; ;) {
      const events = await this.events(id, after === '-' ? null : after);
      for (const { kind, data } of events) {
        const point =
          kind === 'progress' ? curvePoint.safeParse((JSON.parse(data) as { point?: unknown }).point) : null;
        // An episode that was played again after a crash stands there twice, and the second one counts.
        if (point?.success === true) points.set(`${point.data.training} ${point.data.episode}`, point.data);
      }
      const last = events.at(-1);
      if (last === undefined || events.length < EVENTS_AT_ONCE) break;
      after = last.id;
    }
    return [...points.values()].sort((a, b) => a.training - b.training || a.episode - b.episode);
  }

  /** Events after `after`, the oldest first, some hundreds at most; null: from the first one that is kept. */
  async events(id: string, after: string | null): Promise<readonly RunEvent[]> {
    const from = after === null ? '-' : `(${after}`;
    const entries = await this.#redis.xrange(this.#keys.events(id), from, '+', 'COUNT', EVENTS_AT_ONCE);
    return entries.map(([entry, fields]) => ({
      id: entry,
      kind: fields[1] === 'end' ? 'end' : 'progress',
      data: fields[3] ?? '{}',
    }));
  }

  /** Ends a run that waits, and asks for the end of one that is being done. Idempotent. @throws NOT_FOUND; CONFLICT where it is done or failed */
  async cancel(id: string): Promise<'cancelled' | 'asked'> {
    const { lease, current, run, queue, events, checkpoint, changes } = this.#keys;
    const answer = (await runScript(this.#redis, CANCEL, {
      keys: [lease, current, run(id), queue, events(id), checkpoint(id), changes],
      args: [id, JSON.stringify({ state: 'cancelled' })],
    })) as 'missing' | 'asked' | RunState;
    if (answer === 'missing') throw missing(id);
    if (answer === 'asked' || answer === 'cancelled') return answer;
    throw new FarmhandError('CONFLICT', `run ${id} is ${answer}: it has ended already`);
  }

  /** Who does runs now; null: nobody does. */
  async #executor(): Promise<string | null> {
    const [[, lease], [, time]] = ((await this.#redis
      .multi()
      .hmget(this.#keys.lease, 'holder', 'till')
      .time()
      .exec()) ?? [
      [null, [null, null]],
      [null, ['0', '0']],
    ]) as [[unknown, [string | null, string | null]], [unknown, [string, string]]];
    const now = Number(time[0]) * 1000 + Number(time[1]) / 1000;
    return Number(lease[1] ?? 0) > now ? lease[0] : null;
  }

  /** A run that its process left behind is said to wait: it is not being done, whatever was written last. */
  async #read(id: string, executor: string | null): Promise<RunRecord | null> {
    const values = await this.#redis.hmget(this.#keys.run(id), ...SHOWN);
    const fields = Object.fromEntries(SHOWN.flatMap((name, i) => (values[i] == null ? [] : [[name, values[i]]])));
    if (fields['state'] === undefined) return null;
    const abandoned = fields['state'] === 'running' && fields['holder'] !== executor;
    const number = (name: string): number | null => (fields[name] === undefined ? null : Number(fields[name]));
    const parsed = (name: string): unknown => (fields[name] === undefined ? null : JSON.parse(fields[name]));
    return runRecord.parse({
      id,
      kind: fields['kind'],
      state: abandoned ? 'queued' : fields['state'],
      because: abandoned ? 'the process that did it is gone; it goes on with the next autoscaler that runs' : null,
      request: parsed('request'),
      progress: { done: number('done'), total: number('total') },
      createdAt: number('createdAt'),
      startedAt: number('startedAt'),
      endedAt: number('endedAt'),
      result: parsed('result'),
      error: parsed('error') as { code: ErrorCode; message: string } | null,
    });
  }

  /** Drops the oldest runs that have ended. */
  async #forget(): Promise<void> {
    const { order, run, events, checkpoint } = this.#keys;
    for (const id of await this.#redis.lrange(order, KEPT, -1)) {
      const state = (await this.#redis.hget(run(id), 'state')) as RunState | null;
      if (state !== null && !hasEnded(state)) continue;
      await this.#redis.multi().lrem(order, 1, id).unlink(run(id), events(id), checkpoint(id)).exec();
    }
  }
}

function missing(id: string): FarmhandError {
  return new FarmhandError('NOT_FOUND', `run ${id}: there is none; GET runs lists the last ${KEPT}`);
}
