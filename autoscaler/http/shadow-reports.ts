import { z } from 'zod';
import { SECOND, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Autoscaler } from '../loop/autoscaler.ts';
import type { PolicyReading } from '../loop/events.ts';
import type { EpisodeSettings } from '../loop/settings.ts';
import type { ShadowReport } from '../run/shadow/shadow-report.ts';

const figures = z.strictObject({
  live: z.number().describe('The live policy, as it happened.'),
  liveReplayed: z.number().describe('The live policy, played again: how far the simulator is off.'),
  shadow: z.number().describe('The candidate, played again in its place.'),
  expected: z.number().describe('`shadow` less that error: what to expect of a switch.'),
});

export const shadowShown = z.strictObject({
  candidate: z.string().nullable().describe('Null: nobody stands in shadow.'),
  live: z.string(),
  since: z.number().describe('Farm time from which on the log counts, ms since 1970.'),
  because: z.string().nullable().describe('Why there are no figures; null: there are.'),
  window: z.strictObject({ from: z.number(), to: z.number() }).nullable(),
  decisions: z.int(),
  tasks: z.int(),
  qos: figures.nullable(),
  meanWorkers: figures.nullable(),
  agreement: z.number().nullable().describe('Share of decisions in which both wanted as many workers.'),
  gap: z.number().nullable().describe('Workers that the candidate wanted more, in the mean.'),
  replications: z.int(),
});

export type ShadowReading = z.infer<typeof shadowShown>;

/** What a report is about. */
export interface ShadowQuestion {
  readonly live: string;
  readonly candidate: string;
  /** Farm time, ms since 1970. */
  readonly since: number;
  readonly control: EpisodeSettings;
  readonly signal: AbortSignal;
}

export interface ShadowReportsParts {
  readonly autoscaler: Pick<Autoscaler, 'policy' | 'episode' | 'subscribe'>;
  /** Replays the log. @throws CONFLICT where it holds too little */
  readonly make: (question: ShadowQuestion) => Promise<ShadowReport>;
  readonly clock: Clock;
}

/** A replay takes a second of a core; asked for more often, the last one is given. */
const AT_MOST_EVERY_MS = 30 * SECOND;

/** Shadow reports, one at a time and not too often, whoever asks. */
export class ShadowReports {
  readonly #parts: ShadowReportsParts;
  readonly #stopping = new AbortController();
  readonly #unsubscribe: () => void;
  /** Of the last change of who decides, farm time. */
  #changedAt = 0;
  #last: { readonly key: string; readonly atMs: number; readonly reading: Promise<ShadowReading> } | null = null;

  constructor(parts: ShadowReportsParts) {
    this.#parts = parts;
    let known = choiceOf(parts.autoscaler.policy);
    this.#unsubscribe = parts.autoscaler.subscribe((event) => {
      if (event.kind !== 'policy' || choiceOf(event.policy) === known) return;
      known = choiceOf(event.policy);
      this.#changedAt = parts.clock.farmTime();
    });
  }

  /** @throws UNKNOWN_POLICY, MODEL_INVALID */
  async read(): Promise<ShadowReading> {
    const { autoscaler, clock } = this.#parts;
    const { policy, episode } = autoscaler;
    const since = Math.max(episode.since, this.#changedAt);
    const nothing = emptyReading(policy, since);
    if (policy.shadow === null) return nothing;
    const key = `${choiceOf(policy)} ${since}`;
    const last = this.#last;
    if (last?.key === key && clock.monotonic() - last.atMs < AT_MOST_EVERY_MS) return last.reading;
    const { live, shadow } = policy;
    const reading = this.#make(
      { live: live.name, candidate: shadow.name, since, control: episode.settings, signal: this.#stopping.signal },
      nothing,
    );
    this.#last = { key, atMs: clock.monotonic(), reading };
    return reading;
  }

  /** Ends a replay that is under way. Idempotent. */
  close(): void {
    this.#unsubscribe();
    this.#stopping.abort();
  }

  async #make(question: ShadowQuestion, nothing: ShadowReading): Promise<ShadowReading> {
    try {
      return { ...(await this.#parts.make(question)), since: question.since, because: null };
    } catch (thrown) {
      if (!(thrown instanceof FarmhandError) || thrown.code !== 'CONFLICT') throw thrown;
      return { ...nothing, because: thrown.message };
    }
  }
}

function choiceOf({ live, shadow }: PolicyReading): string {
  return JSON.stringify([live, shadow]);
}

function emptyReading({ live, shadow }: PolicyReading, since: number): ShadowReading {
  return {
    ...{ candidate: shadow?.name ?? null, live: live.name, since, because: 'nobody stands in shadow' },
    ...{
      window: null,
      decisions: 0,
      tasks: 0,
      qos: null,
      meanWorkers: null,
      agreement: null,
      gap: null,
      replications: 0,
    },
  };
}
