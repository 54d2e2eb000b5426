import type { Clock } from '#shared/clock.ts';
import type { Seen } from '../observation.ts';
import type { Policy } from '../policy/policy.ts';
import { ask, type Answer } from '../shield/answer.ts';

/** A policy that is asked once a step, wherever it runs. It never keeps its caller waiting. */
export interface Adviser {
  readonly name: string;
  /** Id of its stored model; null for a rule, and for a model without one. */
  readonly model: string | null;
  /** What was asked of the platform after its last answer, for one that learns; null: its answer counted for nothing. */
  acted?(replicas: number | null): void;
  /** Never rejects: a policy that throws, or does not answer in time, is an answer too. One question at a time. */
  ask(seen: Seen): Promise<Answer>;
  /** Idempotent. */
  stop(): Promise<void>;
}

/** Asks a policy in this thread: a rule of ours, which cannot hang. */
export class LocalAdviser implements Adviser {
  readonly name: string;
  readonly model: string | null;
  readonly #policy: Policy;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #withinMs: number;

  constructor(
    policy: Policy & { readonly model: string | null },
    options: { clock: Pick<Clock, 'monotonic'>; withinMs: number },
  ) {
    this.name = policy.name;
    this.model = policy.model;
    this.#policy = policy;
    this.#clock = options.clock;
    this.#withinMs = options.withinMs;
  }

  async ask(seen: Seen): Promise<Answer> {
    return ask(this.#policy, seen, { withinMs: this.#withinMs, nowMs: () => this.#clock.monotonic() });
  }

  async stop(): Promise<void> {
    // It holds nothing.
  }
}

/** Stands for a policy that could not be loaded: it says so each time. */
export class AbsentAdviser implements Adviser {
  readonly name: string;
  readonly model = null;
  readonly #answer: Answer;

  constructor(name: string, because: string) {
    this.name = name;
    this.#answer = { kind: 'failed', fault: 'stale', because };
  }

  async ask(): Promise<Answer> {
    return this.#answer;
  }

  async stop(): Promise<void> {
    // It holds nothing.
  }
}
