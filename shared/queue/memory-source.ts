import type { Claim, QueuedTask } from '../task.ts';
import { goesAlone, isGlanceDue, shareOf, wouldBeLate, type Demand } from './claim-rule.ts';
import type { MemoryState } from './memory-state.ts';
import type { ClaimReply, Ended, FinishReply, Reclaimed, TaskSource, WorkerRequest } from './task-source.ts';

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

  async claim(request: WorkerRequest & Partial<Demand>): Promise<ClaimReply> {
    return (await this.finish({ most: 1, ...request, ended: [] })).next;
  }

  async finish(request: WorkerRequest & Demand & { ended: readonly Ended[] }): Promise<FinishReply> {
    const { worker, sequence, ended } = request;
    const earlier = this.#replies.get(worker);
    if (earlier?.sequence === sequence) return this.#repeat(worker, earlier.reply);
    const at = { now: this.#state.clock.farmTime(), leaseMs: this.#state.rule.leaseMs };
    // A claim that it holds no more is a reason to look.
    const glance =
      ended.length === 0 ||
      ended.some(({ claim }) => !this.#isHolder(worker, claim) || isGlanceDue(claim.claimedAt, at));
    const accepted = ended.map((one) => this.#end(worker, one));
    if (request.most > 0 && glance) await this.reclaim();
    const next: ClaimReply = request.most > 0 ? this.#claimNext(worker, request) : { kind: 'empty', waitMs: 0 };
    const reply = { accepted, next };
    this.#replies.set(worker, { sequence, reply });
    return reply;
  }

  async release({ worker, claims }: { worker: string; claims: readonly Claim[] }): Promise<number> {
    const own = claims.filter((claim) => this.#isHolder(worker, claim));
    // Each goes to the head, so the last one is given back first.
    for (const { task } of own.toReversed()) {
      this.#state.held.delete(task.id);
      this.#state.waiting.giveBack(task, this.#state.clock.farmTime());
    }
    return own.length;
  }

  async beat(worker: string, ids?: readonly string[]): Promise<number> {
    const own = [...this.#state.held]
      .filter(([id, held]) => held.worker === worker && (ids?.includes(id) ?? true))
      .map(([, held]) => held);
    for (const held of own) held.leaseExpiresAt = Math.ceil(this.#state.clock.farmTime() + this.#state.rule.leaseMs);
    const member = this.#state.members.get(worker);
    if (member !== undefined) member.seenAt = this.#state.clock.farmTime();
    return own.length;
  }

  async reclaim(options?: { worker: string }): Promise<Reclaimed> {
    const now = this.#state.clock.farmTime();
    const { leaseMs } = this.#state.rule;
    const lost = [...this.#state.held.values()].filter((held) =>
      options === undefined ? held.leaseExpiresAt <= now : held.worker === options.worker,
    );
    if (options === undefined && this.#state.look <= now) {
      const expiries = [...this.#state.held.values()].map((held) => held.leaseExpiresAt).filter((at) => at > now);
      this.#state.look = Math.min(now + leaseMs, ...expiries);
    }
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
    const waitMs = Math.max(0, Math.min(leaseMs, this.#state.look - now));
    return { returned, dead: lost.length - returned, waitMs };
  }

  /** A repeat is answered as before, without the claims that were reclaimed meanwhile. */
  #repeat(worker: string, reply: FinishReply): FinishReply {
    if (reply.next.kind !== 'tasks') return reply;
    const claims = reply.next.claims
      .filter((claim) => this.#isHolder(worker, claim))
      .map((claim) => ({ ...claim, leaseExpiresAt: this.#state.held.get(claim.task.id)?.leaseExpiresAt ?? 0 }));
    return { ...reply, next: claims.length > 0 ? { kind: 'tasks', claims } : { kind: 'empty', waitMs: 0 } };
  }

  #claimNext(worker: string, demand: Demand): ClaimReply {
    const { clock, rule, waiting, held, orders, members } = this.#state;
    const now = clock.farmTime();
    const order = orders.get(worker);
    if (order !== undefined && order.untilMs > now) return { kind: 'ordered', order };
    orders.delete(worker);
    const share = shareOf(demand, { waiting: waiting.size, members: members.size });
    const claims: Claim[] = [];
    while (claims.length < share) {
      const task = waiting.take(now);
      if (task === undefined) break;
      const ahead = claims.length;
      if (ahead > 0 && (goesAlone(task) || wouldBeLate(task, { now, ahead, stepMs: demand.stepMs ?? 0 }))) {
        waiting.putBack(task, now);
        break;
      }
      this.#state.epoch += 1;
      const claim: Claim = {
        task,
        epoch: this.#state.epoch,
        claimedAt: now,
        leaseExpiresAt: Math.ceil(now + rule.leaseMs),
      };
      held.set(task.id, { worker, claim, leaseExpiresAt: claim.leaseExpiresAt });
      claims.push(claim);
      if (goesAlone(task)) break;
    }
    return claims.length > 0 ? { kind: 'tasks', claims } : { kind: 'empty', waitMs: IDLE_LEASES * rule.leaseMs };
  }

  #end(worker: string, { claim, outcome }: Ended): boolean {
    if (!this.#isHolder(worker, claim)) return false;
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

  #isHolder(worker: string, claim: Claim): boolean {
    const held = this.#state.held.get(claim.task.id);
    return held?.worker === worker && held.claim.epoch === claim.epoch;
  }

  #bury(task: QueuedTask, error: string): void {
    this.#state.dead.set(task.id, { ...task, error, diedAt: this.#state.clock.farmTime() });
  }
}
