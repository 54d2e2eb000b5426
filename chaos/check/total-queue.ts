import type { Ending, History, LossWindow, Submission } from './history.ts';

/** How every task of a history ended. Ids are counted, never counters. */
export interface TotalQueueVerdict {
  /** Tasks that the client tried to submit. */
  readonly attempted: number;
  /** Tasks that the farm must account for: those with an acknowledgement, and those that came out without one. */
  readonly submitted: number;
  /** Refused in so many words. */
  readonly refused: number;
  /** A reply was lost, and not the task: it has an ending, though nobody said that it was accepted just then. */
  readonly recovered: number;
  readonly completed: number;
  readonly deadLettered: number;
  /** Acknowledged, without an ending, still in the farm. */
  readonly unfinished: number;
  /** Acknowledged, without an ending, nowhere. */
  readonly lost: number;
  /** More than one ending. */
  readonly duplicated: number;
  /** Endings of tasks that nobody tried to submit, or that were refused. */
  readonly unexpected: number;
  /** Of the lost and the duplicated: those that a stated bound allows. */
  readonly withinBound: { readonly lost: number; readonly duplicated: number };
  /** A few ids of each kind of wrong, those beyond every bound first. */
  readonly examples: {
    readonly lost: readonly string[];
    readonly duplicated: readonly string[];
    readonly unexpected: readonly string[];
  };
}

const EXAMPLES = 5;

/**
 * Every acknowledged task must come out exactly once. Source: Jepsen's `total-queue` checker (attempted, acknowledged, lost,
 * duplicated, unexpected and recovered elements of a drained queue). Deviations: 1. a task may come out of either of two
 * places, output or dead letters; 2. ids that the farm still holds are counted apart; 3. what a kill of Redis may undo by its
 * persistence is counted, and excused, by window: a task may be lost if it can have been accepted in one, and come out again
 * if its earlier ending was in one.
 * Example: a and b acknowledged at 10 and 90, killed at 100 with a bound of 20, neither comes out: lost 2, within bound 1
 * (test/chaos/total-queue.test.ts).
 */
export function checkTotalQueue(history: History): TotalQueueVerdict {
  const endings = byId(history.endings);
  const wrong = { lost: new Wrong(), duplicated: new Wrong(), unexpected: new Wrong() };
  const counts = { refused: 0, submitted: 0, recovered: 0, completed: 0, deadLettered: 0, unfinished: 0 };
  for (const submission of history.submissions) {
    const its = endings.get(submission.id) ?? [];
    endings.delete(submission.id);
    if (submission.refused) {
      counts.refused += 1;
      if (its.length > 0) wrong.unexpected.add(submission.id, false);
      continue;
    }
    const { acknowledgedAt, replyLost } = submission;
    if (acknowledgedAt !== null || its.length > 0) counts.submitted += 1;
    if ((acknowledgedAt === null || replyLost) && its.length > 0) counts.recovered += 1;
    if (its.some(({ kind }) => kind === 'record')) counts.completed += 1;
    else if (its.length > 0) counts.deadLettered += 1;
    else if (acknowledgedAt !== null) {
      if (history.held.has(submission.id)) counts.unfinished += 1;
      else wrong.lost.add(submission.id, mayBeLost(submission, history.lossWindows));
    }
    if (its.length > 1) wrong.duplicated.add(submission.id, mayBeRepeated(its, history.lossWindows));
  }
  for (const id of endings.keys()) wrong.unexpected.add(id, false);
  return {
    attempted: history.submissions.length,
    ...counts,
    lost: wrong.lost.count,
    duplicated: wrong.duplicated.count,
    unexpected: wrong.unexpected.count,
    withinBound: { lost: wrong.lost.excused, duplicated: wrong.duplicated.excused },
    examples: {
      lost: wrong.lost.examples,
      duplicated: wrong.duplicated.examples,
      unexpected: wrong.unexpected.examples,
    },
  };
}

/** It was accepted at some moment between the first attempt and the acknowledgement. */
function mayBeLost({ firstAttemptAt, acknowledgedAt }: Submission, windows: readonly LossWindow[]): boolean {
  return windows.some(({ from, to }) => firstAttemptAt <= to && (acknowledgedAt ?? Infinity) >= from);
}

/** Each ending but the last must have been undone. */
function mayBeRepeated(endings: readonly Ending[], windows: readonly LossWindow[]): boolean {
  const inOrder = endings.map(({ at }) => at).sort((a, b) => a - b);
  return inOrder.slice(0, -1).every((at) => windows.some(({ from, to }) => from <= at && at <= to));
}

function byId(endings: readonly Ending[]): Map<string, Ending[]> {
  const map = new Map<string, Ending[]>();
  for (const ending of endings) {
    const its = map.get(ending.id);
    if (its === undefined) map.set(ending.id, [ending]);
    else its.push(ending);
  }
  return map;
}

class Wrong {
  excused = 0;
  readonly #excusedIds: string[] = [];
  readonly #ids: string[] = [];

  add(id: string, withinBound: boolean): void {
    if (withinBound) this.excused += 1;
    (withinBound ? this.#excusedIds : this.#ids).push(id);
  }

  get count(): number {
    return this.#ids.length + this.#excusedIds.length;
  }

  get examples(): string[] {
    return [...this.#ids, ...this.#excusedIds].slice(0, EXAMPLES);
  }
}
