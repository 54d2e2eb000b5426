import { unlessAborted } from '#shared/abort.ts';
import type { Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { Doorbell } from '#shared/queue/doorbell.ts';
import type { Roster } from '#shared/queue/roster.ts';
import { standBy } from '#shared/queue/stand-by.ts';
import type { ClaimReply, TaskSource } from '#shared/queue/task-source.ts';
import type { Rng } from '#shared/rng.ts';
import type { Claim, Outcome } from '#shared/task.ts';
import type { Work } from './work.ts';

/** starting → idle ⇄ busy; idle or busy → drained → idle (a SYN, and its withdrawal); any → stopped. */
export type WorkerState = 'starting' | 'idle' | 'busy' | 'drained' | 'stopped';

export interface WorkerLoopOptions {
  readonly member: string;
  readonly source: Pick<TaskSource, 'claim' | 'finish' | 'release'>;
  readonly roster: Roster;
  readonly doorbell: Doorbell;
  readonly work: Work;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  /** Told of every claim that ended here. */
  readonly onFinished?: (claim: Claim, outcome: Outcome, accepted: boolean) => void;
}

/** Idle workers whose waits end at the same lease's expiry come one after another. */
const WAIT_JITTER_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * One worker: claim, work, finish-and-claim, until stopped. It waits in one place (the doorbell) and keeps no state that the
 * queue does not have: whatever happens to it, the task in its hands comes back by its lease.
 */
export class WorkerLoop {
  readonly #options: WorkerLoopOptions;
  readonly #stop = new AbortController();
  readonly #giveUp = new AbortController();
  #state: WorkerState = 'starting';
  #sequence = 0;
  #completed = 0;
  #inHand: string | null = null;
  #running: Promise<void> | null = null;

  constructor(options: WorkerLoopOptions) {
    this.#options = options;
  }

  get status(): { state: WorkerState; completed: number; task: string | null } {
    return { state: this.#state, completed: this.#completed, task: this.#inHand };
  }

  start(): void {
    if (!this.#stop.signal.aborted) this.#running ??= this.#run();
  }

  /** Takes no more tasks; lets the one in hand finish within `graceMs`, then gives it back. Idempotent. */
  async stop(graceMs: number): Promise<void> {
    this.#stop.abort();
    const over = new AbortController();
    void this.#options.clock.sleep(graceMs, over.signal).then(() => {
      if (!over.signal.aborted) this.#giveUp.abort();
    });
    await this.#running;
    over.abort();
  }

  async #run(): Promise<void> {
    const { member, roster } = this.#options;
    const stopping = this.#stop.signal;
    await this.#persist('announce', () => roster.announce({ id: member, role: 'worker' }));
    this.#state = 'idle';
    let reply: ClaimReply | null = null;
    while (!stopping.aborted) {
      reply ??= await this.#claim();
      reply = reply === null ? null : await this.#follow(reply);
    }
    if (reply?.kind === 'task') await this.#release(reply.claim);
    this.#state = 'stopped';
    await this.#attempt('leave', () => roster.leave(member));
  }

  /** What a reply asks for; returns the next one where there is one already. */
  async #follow(reply: ClaimReply): Promise<ClaimReply | null> {
    const { member, roster, doorbell, log, rng } = this.#options;
    const signal = this.#stop.signal;
    switch (reply.kind) {
      case 'task':
        return await this.#process(reply.claim);
      case 'empty':
        await this.#attempt('wait', () =>
          doorbell.wait({ timeoutMs: reply.waitMs + rng.float() * WAIT_JITTER_MS, signal }),
        );
        return null;
      case 'ordered':
        this.#state = 'drained';
        await this.#attempt('stand by', () =>
          standBy({ roster, doorbell, log, member, order: reply.order, state: 'drained', signal }),
        );
        this.#state = 'idle';
        return null;
    }
  }

  async #process(claim: Claim): Promise<ClaimReply | null> {
    const { work, source, member, onFinished, log } = this.#options;
    this.#state = 'busy';
    this.#inHand = claim.task.id;
    const outcome = await unlessAborted(work(claim, this.#giveUp.signal), this.#giveUp.signal);
    this.#state = 'idle';
    this.#inHand = null;
    if (outcome === 'aborted') {
      log.warn({ task: claim.task.id }, 'the grace is over: the task goes back to its lane');
      await this.#release(claim);
      return null;
    }
    this.#sequence += 1;
    const sequence = this.#sequence;
    const claimNext = !this.#stop.signal.aborted;
    const reply = await this.#persist('finish', () =>
      source.finish({ worker: member, sequence, claim, outcome, claimNext }),
    );
    if (reply === null) return null;
    if (reply.accepted && outcome.kind === 'done') this.#completed += 1;
    onFinished?.(claim, outcome, reply.accepted);
    return claimNext ? reply.next : null;
  }

  async #claim(): Promise<ClaimReply | null> {
    const { source, member } = this.#options;
    this.#sequence += 1;
    const sequence = this.#sequence;
    return await this.#attempt('claim', () => source.claim({ worker: member, sequence }));
  }

  async #release(claim: Claim): Promise<void> {
    const { source, member } = this.#options;
    await this.#attempt('release', () => source.release({ ...claim, worker: member }));
  }

  /** One try. A failure is logged and followed by a pause, so that a refusing Redis is not hammered. */
  async #attempt<T>(what: string, action: () => Promise<T>): Promise<T | null> {
    const { clock, log } = this.#options;
    try {
      return await action();
    } catch (thrown) {
      log.warn({ error: coerceError(thrown), what }, 'Redis refused; the worker goes on');
      await clock.sleep(LONGEST_PAUSE_MS / 4, this.#stop.signal);
      return null;
    }
  }

  /**
   * Tries until it succeeds or the grace is over: a result in hand is not dropped because Redis refuses it just now. Safe,
   * because a repeat of the same request is answered as the first one.
   */
  async #persist<T>(what: string, action: () => Promise<T>): Promise<T | null> {
    const { clock, log } = this.#options;
    for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        return await action();
      } catch (thrown) {
        log.warn({ error: coerceError(thrown), what, againInMs: pauseMs }, 'Redis refused; it is tried again');
        await clock.sleep(pauseMs, this.#giveUp.signal);
        if (this.#giveUp.signal.aborted) return null;
      }
    }
  }
}
