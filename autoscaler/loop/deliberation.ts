import type { Clock } from '#shared/clock.ts';
import type { Seen } from '../observation.ts';
import { failed, type Answer } from '../shield/answer.ts';
import type { Moment, Ruling, Supervisor } from '../shield/supervisor.ts';
import type { Adviser } from './adviser.ts';
import type { ShadowProposal } from './decision.ts';
import type { NamedPolicy, PolicyReading } from './events.ts';

export interface DeliberationParts {
  readonly live: Adviser;
  readonly safe: Adviser;
  /** Null: nobody decides beside the live one. */
  readonly shadow: Adviser | null;
  readonly supervisor: Supervisor;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** What a step's deliberation comes to. */
export interface Deliberated {
  readonly ruling: Ruling;
  /** Whose answer that is. */
  readonly policy: string;
  /** What the live policy answered, in charge or not. */
  readonly live: Answer;
  /** Comes when it comes: nobody waits for it before anything is done. Null: there is no shadow. */
  readonly shadow: Promise<ShadowProposal> | null;
  /** Time until the ruling, ms. */
  readonly tookMs: number;
}

/**
 * The analyse stage: the live policy and the safe one are asked at the same time, guard and shield rule on their answers.
 * The shadow is asked the same and is never followed.
 */
export class Deliberation {
  readonly #parts: DeliberationParts;

  constructor(parts: DeliberationParts) {
    this.#parts = parts;
  }

  get live(): Adviser {
    return this.#parts.live;
  }

  get safe(): Adviser {
    return this.#parts.safe;
  }

  get shadow(): Adviser | null {
    return this.#parts.shadow;
  }

  get reading(): PolicyReading {
    const { live, safe, shadow, supervisor } = this.#parts;
    return {
      live: named(live),
      shadow: shadow === null ? null : named(shadow),
      safe: safe.name,
      fallback: supervisor.reading,
    };
  }

  /** Once a step. */
  async decide(moment: Moment): Promise<Deliberated> {
    const { live, safe, shadow, supervisor, clock } = this.#parts;
    const startMs = clock.monotonic();
    const asked = [live.ask(moment.seen), safe.ask(moment.seen)] as const;
    const proposal = shadow === null ? null : propose(shadow, moment.seen);
    const [liveAnswer, safeAnswer] = await Promise.all(asked);
    const ruling = supervisor.rule(moment, { live: liveAnswer, safe: safeAnswer });
    const policy = ruling.inCharge === 'live' ? live.name : safe.name;
    return { ruling, policy, live: liveAnswer, shadow: proposal, tookMs: clock.monotonic() - startMs };
  }

  /** For one that does not lead: the policies see what there is to see, so that they know the load when it comes to lead. */
  async watch(seen: Seen): Promise<void> {
    const { live, safe } = this.#parts;
    await Promise.all([live.ask(seen), safe.ask(seen)]);
    live.acted?.(null);
  }

  /** The same with another shadow. */
  withShadow(shadow: Adviser | null): Deliberation {
    return new Deliberation({ ...this.#parts, shadow });
  }
}

async function propose(shadow: Adviser, seen: Seen): Promise<ShadowProposal> {
  const answer = await shadow.ask(seen).catch((): Answer => failed('exception', 'the shadow failed'));
  if (answer.kind === 'failed') return { name: shadow.name, replicas: null, because: answer.because };
  const { decision } = answer;
  return {
    name: shadow.name,
    replicas: decision.kind === 'scale' ? decision.replicas : null,
    because: decision.because,
  };
}

function named({ name, model }: Adviser): NamedPolicy {
  return { name, model };
}
