import { z } from 'zod';
import { FarmhandError } from '#shared/errors.ts';
import type { FarmHttp } from './http.ts';

const task = z.object({
  id: z.string(),
  kind: z.string(),
  payload: z.unknown(),
  run: z.string().optional(),
  expectedServiceMs: z.number(),
  generatedAt: z.number(),
  deadlineAt: z.number(),
  attempts: z.number(),
});

const record = task.extend({
  worker: z.string(),
  serviceMs: z.number(),
  value: z.unknown(),
  collectedAt: z.number(),
  metDeadline: z.boolean(),
});

const letter = task.extend({ error: z.string(), diedAt: z.number() });

/** A completed task, as the collector hands it out: what the command line uses of shared/task.ts's TaskRecord. */
export type ResultRecord = z.infer<typeof record>;
export type Letter = z.infer<typeof letter>;

const taskState = z.discriminatedUnion('state', [
  z.object({ state: z.enum(['unknown', 'input', 'waiting', 'in-flight', 'finished']) }),
  z.object({ state: z.literal('completed'), record }),
  z.object({ state: z.literal('dead'), letter }),
]);

export type ResultState = z.infer<typeof taskState>;

const recordPage = z.object({ total: z.number(), records: z.array(record) });
const letterPage = z.object({ total: z.number(), letters: z.array(letter) });

const totals = z.object({ collected: z.number(), dead: z.number() });

/** Counted since the farm was made; they only grow. */
export type FarmTotals = z.infer<typeof totals>;

/** Which part of a list, newest first; `run`: of that run alone. */
export interface ListQuery {
  readonly offset?: number;
  readonly limit: number;
  readonly run?: string;
}

/** The collector's HTTP, as far as the command line uses it. */
export class CollectorClient {
  readonly #http: FarmHttp;

  constructor(http: FarmHttp) {
    this.#http = http;
  }

  async results(query: ListQuery): Promise<z.infer<typeof recordPage>> {
    return this.#http.call('collector', '/results', recordPage, { query: { ...query } });
  }

  /** `unknown`: the farm never had it, or has forgotten it (queue.retainRecords). */
  async find(id: string): Promise<ResultState> {
    try {
      return await this.#http.call('collector', `/results/${encodeURIComponent(id)}`, taskState);
    } catch (thrown) {
      if (thrown instanceof FarmhandError && thrown.code === 'NOT_FOUND') return { state: 'unknown' };
      throw thrown;
    }
  }

  /** The farm's counters; cheap however long its history is. */
  async totals(): Promise<FarmTotals> {
    const answer = await this.#http.call('collector', '/stats', z.object({ totals }));
    return answer.totals;
  }

  async deadLetters(query: ListQuery): Promise<z.infer<typeof letterPage>> {
    return this.#http.call('collector', '/dead-letters', letterPage, { query: { ...query } });
  }

  /** Puts dead letters back to work. Returns how many. */
  async retry(ids: readonly string[] | 'all'): Promise<number> {
    const answer = await this.#http.call('collector', '/dead-letters/retry', z.object({ retried: z.number() }), {
      method: 'POST',
      body: { ids },
    });
    return answer.retried;
  }

  /** Deletes dead letters and their payloads. Returns how many. */
  async discard(ids: readonly string[] | 'all'): Promise<number> {
    const answer = await this.#http.call('collector', '/dead-letters/discard', z.object({ discarded: z.number() }), {
      method: 'POST',
      body: { ids },
    });
    return answer.discarded;
  }
}
