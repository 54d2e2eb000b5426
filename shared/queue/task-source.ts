import type { Claim, Outcome } from '../task.ts';
import type { Demand } from './claim-rule.ts';

/** Who asks, and its request number. A repeat of (worker, sequence), after a lost reply, gets the same answer. */
export interface WorkerRequest {
  readonly worker: string;
  readonly sequence: number;
}

export type ClaimReply =
  /** One task at least; they are worked on in this order. */
  | { readonly kind: 'tasks'; readonly claims: readonly Claim[] }
  /** Nothing waits. Block for `waitMs`, then ask again: a sign of life. A ring comes earlier. */
  | { readonly kind: 'empty'; readonly waitMs: number }
  /** A SYN names this worker: it gets no work until the order is withdrawn or `untilMs` (Redis TIME) has passed. */
  | { readonly kind: 'ordered'; readonly order: DrainOrder };

/** A claim whose work is over, and how it ended. */
export interface Ended {
  readonly claim: Claim;
  readonly outcome: Outcome;
}

export interface FinishReply {
  /**
   * For each claim that ended. False: it was fenced off (its lease had expired and the task went to another worker); the
   * result is dropped.
   */
  readonly accepted: readonly boolean[];
  /** `empty` with no wait where nothing was asked for (`most` is 0). */
  readonly next: ClaimReply;
}

/** A SYN: `scale-down` asks a worker to drain before its replica goes; `terminate` asks a function to stop its loop. */
export interface DrainOrder {
  readonly id: string;
  readonly type: 'scale-down' | 'terminate';
  /** Redis TIME (ms) after which the order is void, so that no requester's death can park a worker for ever. */
  readonly untilMs: number;
}

/** What a look for lost claims found. */
export interface Reclaimed {
  readonly returned: number;
  readonly dead: number;
  /**
   * No lease can expire within so long: neither those that there are, nor one that is made meanwhile. Whoever looks again
   * after it, as emitter and collector do, misses none.
   */
  readonly waitMs: number;
}

/** The worker's side of the queue. */
export interface TaskSource {
  /** Takes up to `most` next tasks (1, if not said), each with an epoch and a lease of its own. */
  claim(request: WorkerRequest & Partial<Demand>): Promise<ClaimReply>;
  /** Ends claims and takes up to `most` next tasks in the same step. Each claim is judged by itself. */
  finish(request: WorkerRequest & Demand & { ended: readonly Ended[] }): Promise<FinishReply>;
  /** Gives claims back, unworked and without counting an attempt: they are next. Returns how many it still held. */
  release(held: { worker: string; claims: readonly Claim[] }): Promise<number>;
  /** Extends the leases of those `ids` that `worker` still holds; without `ids`, of everything. Returns how many claims that is. */
  beat(worker: string, ids?: readonly string[]): Promise<number>;
  /** Returns expired claims, which are next, or buries them after the last attempt; `worker`: all that it holds. */
  reclaim(options?: { worker: string }): Promise<Reclaimed>;
}
