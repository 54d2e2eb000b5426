import type { Claim, Outcome } from '../task.ts';

/** Who asks, and its request number. A repeat of (worker, sequence), after a lost reply, gets the same answer. */
export interface WorkerRequest {
  readonly worker: string;
  readonly sequence: number;
}

export type ClaimReply =
  | { readonly kind: 'task'; readonly claim: Claim }
  /** Nothing waits. Block for `waitMs`, then ask again: a sign of life. A ring comes earlier. */
  | { readonly kind: 'empty'; readonly waitMs: number }
  /** A SYN names this worker: it gets no work until the order is withdrawn or `untilMs` (Redis TIME) has passed. */
  | { readonly kind: 'ordered'; readonly order: DrainOrder };

export interface FinishReply {
  /** False: the claim was fenced off (its lease had expired and the task went to another worker); the result is dropped. */
  readonly accepted: boolean;
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
  claim(request: WorkerRequest): Promise<ClaimReply>;
  /** Ends a claim and, with `claimNext`, takes the next task in the same step. */
  finish(request: WorkerRequest & { claim: Claim; outcome: Outcome; claimNext: boolean }): Promise<FinishReply>;
  /** Gives a claim back to the head of its lane, unworked and without counting an attempt. False: already fenced. */
  release(claim: Claim & { worker: string }): Promise<boolean>;
  /** Extends the lease of everything that `worker` holds. Returns how many claims that is. */
  beat(worker: string): Promise<number>;
  /** Returns expired claims to their lanes, or to the dead letters after the last attempt; `worker`: all that it holds. */
  reclaim(options?: { worker: string }): Promise<Reclaimed>;
}
