import { z } from 'zod';
import { unlessAborted } from '#shared/abort.ts';
import type { Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { FarmHttp } from './http.ts';
import { patiently } from './patiently.ts';

const episode = z.object({
  policy: z.string(),
  since: z.number(),
  steps: z.number(),
  scaling: z.object({ up: z.number(), down: z.number(), noop: z.number() }),
  workers: z.object({ mean: z.number().nullable(), max: z.number().nullable(), now: z.number().nullable() }),
});

export type Episode = z.infer<typeof episode>;

const prepared = z.object({ requested: z.number(), granted: z.number(), ready: z.number() });

/** Workers that an episode starts with: asked for, granted by the platform, and able to take work. */
export type Prepared = z.infer<typeof prepared>;

const n = z.number();

const decision = z.object({
  /** Farm time, ms since 1970. */
  at: z.number(),
  /** Null: the farm could not be seen. */
  observation: z.tuple([n, n, n, n, n, n, n, n, n]).nullable(),
  info: z.object({ inFlight: z.number(), active: z.number() }).nullable(),
  /** Replicas in all; null: nothing was asked of the platform. */
  requested: z.number().nullable(),
  policy: z.string(),
  outcome: z.string(),
  because: z.string(),
});

export type DecisionFacts = z.infer<typeof decision>;

const status = z.object({
  state: z.string(),
  episode,
  workers: z.object({ desired: z.number(), granted: z.number(), ready: z.number(), active: z.number() }).nullable(),
  queue: z
    .object({
      input: z.number(),
      emitting: z.number(),
      waiting: z.number(),
      inFlight: z.number(),
      result: z.number(),
      deadLetters: z.number(),
    })
    .nullable(),
  /** Null before the autoscaler's first look at the farm. */
  observation: z.object({ arrivalRate: z.number(), qosRate: z.number() }).nullable(),
  problems: z.record(z.string(), z.object({ because: z.string() })),
});

export type AutoscalerStatus = z.infer<typeof status>;

/** Settings of an episode; what is left out is farm.yml's. */
export interface EpisodeRequest {
  readonly policy?: string;
  readonly stepDurationS?: number;
  readonly observationWindowS?: number;
  readonly initialWorkers?: number;
  readonly minWorkers?: number;
  readonly maxWorkers?: number;
  readonly maxScalingStep?: number;
  readonly maxSteps?: number;
}

/**
 * A farm that was killed leaves the leader's lease behind, and the autoscaler of the next one decides nothing until it has
 * run out (autoscaler/loop/leadership.ts: 15 s).
 */
const LEADS_WITHIN_MS = 20_000;

/** An episode begins when its workers are ready, which the autoscaler gives 25 s. */
const PREPARE_TIMEOUT_MS = 40_000;

/** The autoscaler's HTTP, as far as the command line uses it. */
export class AutoscalerClient {
  readonly #http: FarmHttp;

  constructor(http: FarmHttp) {
    this.#http = http;
  }

  async status(): Promise<AutoscalerStatus> {
    return this.#http.call('autoscaler', '/status', status);
  }

  /** Newest first. */
  async decisions(limit: number): Promise<readonly DecisionFacts[]> {
    const answer = await this.#http.call('autoscaler', '/decisions', z.object({ decisions: z.array(decision) }), {
      query: { limit },
    });
    return answer.decisions;
  }

  async episode(): Promise<Episode> {
    return this.#http.call('autoscaler', '/episodes/current', episode);
  }

  /**
   * Brings the workers to `initialWorkers`, up at once and down by draining, and starts to count anew. Waits for an
   * autoscaler that does not lead yet.
   * @throws the signal's reason as soon as it aborts; the workers may then still be on their way
   */
  async startEpisode(settings: EpisodeRequest, wait: { clock: Clock; signal: AbortSignal }): Promise<Prepared> {
    const start = async (): Promise<Prepared> => {
      const answer = await this.#http.call('autoscaler', '/episodes', z.object({ prepared }), {
        method: 'POST',
        body: settings,
        timeoutMs: PREPARE_TIMEOUT_MS,
      });
      return answer.prepared;
    };
    const started = await unlessAborted(
      patiently(start, { ...wait, withinMs: LEADS_WITHIN_MS, also: ['CONFLICT'] }),
      wait.signal,
    );
    if (started === 'aborted') throw coerceError(wait.signal.reason);
    return started;
  }
}
