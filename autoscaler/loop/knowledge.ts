import { coerceError } from '#shared/errors.ts';
import type { Announcer } from './announcer.ts';
import type { Decision, DecisionSink, Outcome } from './decision.ts';
import type { Health } from './health.ts';
import type { Sample } from './monitor.ts';

/** Decisions kept in memory, for while Redis is away; the journal has more. */
const KEPT = 50;

/** Decisions that may be on their way to the sink; while it does not answer, more are dropped rather than hoarded. */
const MOST_ON_THE_WAY = 100;

/** What the loop knows, for whoever asks over HTTP: the last sample and the last decisions. Outlives episodes. */
export class Knowledge {
  readonly #sink: DecisionSink;
  readonly #health: Health;
  readonly #announcer: Pick<Announcer, 'announce'>;
  readonly #decisions: Decision[] = [];
  readonly #outcomes: Record<Exclude<Outcome, 'draining'>, number> = {
    up: 0,
    down: 0,
    noop: 0,
    withdrawn: 0,
    refused: 0,
    failed: 0,
  };
  #onTheWay = 0;
  #lastSeen: Extract<Sample, { kind: 'seen' }> | null = null;

  constructor(parts: { sink: DecisionSink; health: Health; announcer: Pick<Announcer, 'announce'> }) {
    this.#sink = parts.sink;
    this.#health = parts.health;
    this.#announcer = parts.announcer;
  }

  see(sample: Sample): void {
    if (sample.kind !== 'seen') return;
    this.#lastSeen = sample;
    this.#announcer.announce({ kind: 'observation', sample });
  }

  /** The last sample that could be taken. */
  get lastSeen(): Extract<Sample, { kind: 'seen' }> | null {
    return this.#lastSeen;
  }

  /** Ended decisions by outcome since the process started. */
  get outcomes(): Readonly<Record<Exclude<Outcome, 'draining'>, number>> {
    return this.#outcomes;
  }

  /** Newest first. */
  decisions(limit: number): readonly Decision[] {
    return this.#decisions.slice(-limit).reverse();
  }

  /** Adds a decision, or puts its end in the place of `earlier`. It goes to the sink once, when it has ended. */
  record(decision: Decision, earlier?: Decision): void {
    if (earlier === undefined) this.#decisions.push(decision);
    else {
      const at = this.#decisions.indexOf(earlier);
      if (at >= 0) this.#decisions[at] = decision;
    }
    if (this.#decisions.length > KEPT) this.#decisions.shift();
    this.#announcer.announce({ kind: 'decision', decision });
    if (decision.outcome === 'draining') return;
    this.#outcomes[decision.outcome] += 1;
    void this.#keep(decision);
  }

  async #keep(decision: Decision): Promise<void> {
    if (this.#onTheWay >= MOST_ON_THE_WAY) return;
    this.#onTheWay += 1;
    try {
      await this.#sink.append(decision);
      this.#health.well('journal');
    } catch (thrown) {
      this.#health.ill('journal', coerceError(thrown));
    } finally {
      this.#onTheWay -= 1;
    }
  }
}
