import type { Claim, Outcome } from '#shared/task.ts';
import type { FinishReply } from '#shared/queue/task-source.ts';
import { rule, type ModelClock } from './scope.ts';

/** What is known of a task from the replies alone. */
interface Page {
  /** The newest claim, and who has it; null before the first one. */
  claim: { readonly worker: string; readonly epoch: number; until: number } | null;
  /** The newest claim is over: finished, released, or taken away. */
  over: boolean;
  /** Claims that ended without a result. */
  failures: number;
  /** The worker whose result was accepted. */
  doneBy: string | null;
  buried: boolean;
}

/** A sentence of the queue's promise that does not hold. */
export class Violation extends Error {}

/**
 * Keeps books on every reply that the queue gives, whether it reaches a worker or not, and holds each one against the promise:
 *
 *   one holder      a task is handed out only when nobody holds it under a lease that is in force
 *   fencing         what is finished is finished by its newest claim, and only while nobody took that away
 *   no false fence  whoever holds a lease in force may finish
 *   epochs grow     every claim has a larger epoch than all before it
 *   attempts        a task is handed out with the number of its failures so far, which is below the bound
 *   one end         what has ended is never handed out again
 */
export class Ledger {
  readonly #clock: ModelClock;
  readonly #pages = new Map<string, Page>();
  #epoch = 0;

  constructor(clock: ModelClock, tasks: readonly string[]) {
    this.#clock = clock;
    for (const id of tasks) {
      this.#pages.set(id, { claim: null, over: true, failures: 0, doneBy: null, buried: false });
    }
  }

  get ids(): string[] {
    return [...this.#pages.keys()];
  }

  /** All that matters of a task's past, for telling states apart. */
  summary(id: string): string {
    const { claim, over, failures, doneBy, buried } = this.#page(id);
    const leftMs = claim === null || over ? 0 : Math.max(0, claim.until - this.#clock.monotonic());
    return [over, failures, doneBy !== null, buried, leftMs].join(' ');
  }

  /** Whose result was accepted; null: nobody's yet. */
  doneBy(id: string): string | null {
    return this.#page(id).doneBy;
  }

  isBuried(id: string): boolean {
    return this.#page(id).buried;
  }

  /** A request was carried out, for the first time. */
  enter(worker: string, ended: readonly { claim: Claim; outcome: Outcome }[], { accepted, next }: FinishReply): void {
    for (const [i, { claim, outcome }] of ended.entries()) this.#end(worker, claim, outcome, accepted[i] === true);
    if (next.kind === 'tasks') for (const claim of next.claims) this.#handOut(worker, claim);
  }

  /** A request was carried out again: it may answer less than before, where claims were taken away, and nothing new. */
  enterRepeat(earlier: FinishReply, now: FinishReply): void {
    if (now.accepted.join() !== earlier.accepted.join()) {
      throw new Violation(`a repeat was answered ${now.accepted.join()} and at first ${earlier.accepted.join()}`);
    }
    const before = new Set(earlier.next.kind === 'tasks' ? earlier.next.claims.map(({ epoch }) => epoch) : []);
    const claims = now.next.kind === 'tasks' ? now.next.claims : [];
    for (const { task, epoch } of claims) {
      if (!before.has(epoch)) throw new Violation(`a repeat handed out ${task.id}, which it did not at first`);
    }
    for (const epoch of before) {
      const id = this.ids.find((task) => this.#page(task).claim?.epoch === epoch);
      if (id !== undefined && this.#inForce(id) && !claims.some((claim) => claim.epoch === epoch)) {
        throw new Violation(`a repeat was not told of ${id}, which it still holds`);
      }
    }
  }

  release(worker: string, claims: readonly Claim[], released: number): void {
    const mine = claims.filter((claim) => this.isCurrent(worker, claim)).map(({ task }) => task.id);
    for (const id of this.#concerned(`${worker} released`, mine, released)) this.#page(id).over = true;
  }

  beat(worker: string, held: number): void {
    const mine = this.ids.filter((id) => this.#holds(worker, id));
    for (const id of this.#concerned(`${worker} beat for`, mine, held)) {
      const { claim } = this.#page(id);
      if (claim !== null) claim.until = this.#clock.monotonic() + rule.leaseMs;
    }
  }

  /** All that a worker holds was taken from it. */
  takeAway(worker: string): void {
    for (const id of this.ids) {
      const page = this.#page(id);
      if (!this.#holds(worker, id)) continue;
      page.over = true;
      page.failures += 1;
      if (page.failures >= rule.maxAttempts) page.buried = true;
    }
  }

  /** What a worker holds under a lease in force. */
  heldBy(worker: string): string[] {
    return this.ids.filter((id) => this.#holds(worker, id) && this.#inForce(id));
  }

  /** Whether this claim is the newest one of its task and nothing has ended it yet. */
  isCurrent(worker: string, claim: Claim): boolean {
    const { claim: newest, over } = this.#page(claim.task.id);
    return newest?.worker === worker && newest.epoch === claim.epoch && !over;
  }

  #handOut(worker: string, { task, epoch }: Claim): void {
    const page = this.#page(task.id);
    const { claim } = page;
    if (page.doneBy !== null) throw new Violation(`${task.id} is finished and was handed out again`);
    if (page.buried) throw new Violation(`${task.id} is dead and was handed out again`);
    if (claim !== null && this.#inForce(task.id)) {
      throw new Violation(`${task.id} was handed to ${worker} while ${claim.worker} held it under a lease in force`);
    }
    // Its lease ran out and somebody took it back: nobody said so until now.
    if (!page.over) page.failures += 1;
    if (epoch <= this.#epoch) throw new Violation(`epoch ${epoch} of ${task.id} comes after ${this.#epoch}`);
    if (task.attempts !== page.failures) {
      throw new Violation(`${task.id} was handed out with ${task.attempts} attempts after ${page.failures} failures`);
    }
    if (task.attempts >= rule.maxAttempts) throw new Violation(`${task.id} was handed out after its last attempt`);
    this.#epoch = epoch;
    page.claim = { worker, epoch, until: this.#clock.monotonic() + rule.leaseMs };
    page.over = false;
  }

  #end(worker: string, claim: Claim, outcome: Outcome, accepted: boolean): void {
    const page = this.#page(claim.task.id);
    if (!accepted) {
      if (this.isCurrent(worker, claim) && this.#inForce(claim.task.id)) {
        throw new Violation(`${worker} was fenced off ${claim.task.id} under a lease in force`);
      }
      return;
    }
    if (!this.isCurrent(worker, claim))
      throw new Violation(`${worker} finished ${claim.task.id} by a claim that is over`);
    page.over = true;
    if (outcome.kind === 'done') {
      page.doneBy = worker;
      return;
    }
    page.failures += 1;
    if (!outcome.retry || page.failures >= rule.maxAttempts) page.buried = true;
  }

  /**
   * Which of a worker's tasks a count is of. One whose lease has run out may have been taken back already, which nobody
   * said; those of one claim are taken back together.
   */
  #concerned(what: string, mine: readonly string[], count: number): readonly string[] {
    if (count === mine.length) return mine;
    const inForce = mine.filter((id) => this.#inForce(id));
    if (count === inForce.length) return inForce;
    throw new Violation(`${what} ${count} tasks, and held ${inForce.length} to ${mine.length}`);
  }

  #page(id: string): Page {
    const page = this.#pages.get(id);
    if (page === undefined) throw new Violation(`${id} was handed out and never submitted`);
    return page;
  }

  #holds(worker: string, id: string): boolean {
    const { claim, over } = this.#page(id);
    return claim?.worker === worker && !over;
  }

  /** Whether its newest claim stands under a lease that has not run out. */
  #inForce(id: string): boolean {
    const { claim, over } = this.#page(id);
    return claim !== null && !over && claim.until > this.#clock.monotonic();
  }
}
