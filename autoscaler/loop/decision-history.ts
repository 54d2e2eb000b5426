import { z } from 'zod';
import type { Clock } from '#shared/clock.ts';
import type { Journal } from '#shared/queue/journal.ts';
import type { Knowledge } from './knowledge.ts';
import { within } from './within.ts';

export interface DecisionHistoryParts {
  readonly knowledge: Pick<Knowledge, 'decisions'>;
  readonly journal: Pick<Journal, 'list'>;
  /** Whether this process decides now: then nobody has decided since its own last decision. */
  readonly leads: () => boolean;
  readonly clock: Clock;
}

/** While Redis is away, what this process knows is answered after so long, ms. */
const JOURNAL_WITHIN_MS = 500;

const kept = z.looseObject({ at: z.number(), step: z.number() });
type KeptDecision = z.infer<typeof kept>;

/**
 * Decisions of whoever led: this process's own as it knows them, ends that are still to come included, and those of others and of
 * before its start from the journal.
 */
export class DecisionHistory {
  readonly #parts: DecisionHistoryParts;

  constructor(parts: DecisionHistoryParts) {
    this.#parts = parts;
  }

  /** Newest first. */
  async last(limit: number): Promise<readonly KeptDecision[]> {
    const { knowledge, leads } = this.#parts;
    const own = knowledge.decisions(limit).map((decision) => ({ ...decision }));
    if (leads() && own.length >= limit) return own;
    const known = new Set(own.map(keyOf));
    const others = (await this.#journal(limit)).filter((decision) => !known.has(keyOf(decision)));
    return [...own, ...others].sort((a, b) => b.at - a.at).slice(0, limit);
  }

  async #journal(limit: number): Promise<readonly KeptDecision[]> {
    const { journal, clock } = this.#parts;
    try {
      const read = await within(journal.list(limit), { clock, timeoutMs: JOURNAL_WITHIN_MS });
      if (read.kind === 'late') return [];
      return read.value.flatMap((entry) => kept.safeParse(entry).data ?? []);
    } catch {
      // The loop's health has it: its decisions do not get there either.
      return [];
    }
  }
}

/** Two autoscalers may decide in one millisecond, and two episodes have a step 1 each. */
function keyOf({ at, step }: Pick<KeptDecision, 'at' | 'step'>): string {
  return `${at}/${step}`;
}
