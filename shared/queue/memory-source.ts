import type { Claim, Outcome, QueuedTask } from '../task.ts';
import type { MemoryState } from './memory-state.ts';
import type { ClaimReply, FinishReply, Reclaimed, TaskSource, WorkerRequest } from './task-source.ts';

/** An idle worker gives a sign of life this often. */
const IDLE_LEASES = 4;

/** TaskSource in memory. */
export class MemorySource implements TaskSource {
  readonly #state: MemoryState;
  /** Each worker's last request and its answer. */
  readonly #replies = new Map<string, { readonly sequence: number; readonly reply: FinishReply }>();

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async claim(request: WorkerRequest): Promise<ClaimReply> {
    const earlier = this.#earlier(request);
    if (earlier !== null) return earlier.next;
    await this.reclaim();
    const next = this.#claimNext(request.worker);
    this.#replies.set(request.worker, { sequence: request.sequence, reply: { accepted: true, next } });
    return next;
  }

  async finish(request: WorkerRequest & { claim: Claim; outcome: Outcome; claimNext: boolean }): Promise<FinishReply> {
    const earlier = this.#earlier(request);
    if (earlier !== null) return earlier;
    const accepted = this.#end(request);
    if (request.claimNext) await this.reclaim();
    const next: ClaimReply = request.claimNext ? this.#claimNext(request.worker) : { kind: 'empty', waitMs: 0 };
    const reply = { accepted, next };
    this.#replies.set(request.worker, { sequence: request.sequence, reply });
    return reply;
  }

  async release(claim: Claim & { worker: string }): Promise<boolean> {
    if (!this.#isHolder(claim)) return false;
    this.#state.held.delete(claim.task.id);
    this.#state.waiting.giveBack(claim.task, this.#state.clock.farmTime());
    return true;
  }

  async beat(worker: string): Promise<number> {
    const own = [...this.#state.held.values()].filter((held) => held.worker === worker);
    for (const held of own) held.leaseExpiresAt = this.#state.clock.farmTime() + this.#state.rule.leaseMs;
    const member = this.#state.members.get(worker);
    if (member !== undefined) member.seenAt = this.#state.clock.farmTime();
    return own.length;
  }

  async reclaim(options?: { worker: string }): Promise<Reclaimed> {
    const now = this.#state.clock.farmTime();
    const lost = [...this.#state.held.values()].filter((held) =>
      options === undefined ? held.leaseExpiresAt <= now : held.worker === options.worker,
    );
    const why = options === undefined ? 'lease expired' : 'its worker died';
    let returned = 0;
    // Each goes to the head, so the one claimed first is given back last.
    for (const { claim } of lost.reverse()) {
      this.#state.held.delete(claim.task.id);
      const task = { ...claim.task, attempts: claim.task.attempts + 1 };
      if (task.attempts >= this.#state.rule.maxAttempts) this.#bury(task, `${why} ${task.attempts} times`);
      else {
        this.#state.waiting.giveBack(task, now);
        returned += 1;
      }
    }
    const expiries = [...this.#state.held.values()].map((held) => held.leaseExpiresAt - now);
    const waitMs = Math.max(0, Math.min(this.#state.rule.leaseMs, ...expiries));
    return { returned, dead: lost.length - returned, waitMs };
  }

  /** A repeat is answered as before, unless its claim was reclaimed meanwhile. */
  #earlier(request: WorkerRequest): FinishReply | null {
    const earlier = this.#replies.get(request.worker);
    if (earlier?.sequence !== request.sequence) return null;
    const { next } = earlier.reply;
    if (next.kind !== 'task' || this.#isHolder({ ...next.claim, worker: request.worker })) return earlier.reply;
    return { ...earlier.reply, next: { kind: 'empty', waitMs: 0 } };
  }

  #claimNext(worker: string): ClaimReply {
    const { clock, rule, waiting, held, orders } = this.#state;
    const now = clock.farmTime();
    const order = orders.get(worker);
    if (order !== undefined && order.untilMs > now) return { kind: 'ordered', order };
    orders.delete(worker);
    const task = waiting.take(now);
    if (task === undefined) return { kind: 'empty', waitMs: IDLE_LEASES * rule.leaseMs };
    this.#state.epoch += 1;
    const claim: Claim = { task, epoch: this.#state.epoch, claimedAt: now, leaseExpiresAt: now + rule.leaseMs };
    held.set(task.id, { worker, claim, leaseExpiresAt: claim.leaseExpiresAt });
    return { kind: 'task', claim };
  }

  #end(request: WorkerRequest & { claim: Claim; outcome: Outcome }): boolean {
    const { claim, outcome, worker } = request;
    if (!this.#isHolder({ ...claim, worker })) return false;
    this.#state.held.delete(claim.task.id);
    const attempts = claim.task.attempts + 1;
    if (outcome.kind === 'done') {
      const { claimedAt } = claim;
      const finishedAt = this.#state.clock.farmTime();
      this.#state.results.push({
        ...claim.task,
        worker,
        claimedAt,
        finishedAt,
        serviceMs: outcome.serviceMs,
        value: outcome.value,
      });
    } else if (outcome.retry && attempts < this.#state.rule.maxAttempts) {
      this.#state.waiting.push({ ...claim.task, attempts }, this.#state.clock.farmTime());
    } else {
      this.#bury({ ...claim.task, attempts }, outcome.error);
    }
    return true;
  }

  #isHolder(claim: Claim & { worker: string }): boolean {
    const held = this.#state.held.get(claim.task.id);
    return held?.worker === claim.worker && held.claim.epoch === claim.epoch;
  }

  #bury(task: QueuedTask, error: string): void {
    this.#state.dead.set(task.id, { ...task, error, diedAt: this.#state.clock.farmTime() });
  }
}
