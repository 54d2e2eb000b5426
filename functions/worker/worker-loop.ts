import { unlessAborted } from '#shared/abort.ts';
import type { Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { Demand } from '#shared/queue/claim-rule.ts';
import type { Doorbell } from '#shared/queue/doorbell.ts';
import type { Roster } from '#shared/queue/roster.ts';
import { standBy } from '#shared/queue/stand-by.ts';
import type { ClaimReply, DrainOrder, Ended, TaskSource } from '#shared/queue/task-source.ts';
import type { Rng } from '#shared/rng.ts';
import type { Claim, Outcome } from '#shared/task.ts';
import { Hands } from './hands.ts';
import { demandOf, ServiceTimes } from './prefetch.ts';
import type { Work } from './work.ts';

/**
 * starting → idle ⇄ busy; idle or busy → draining (a SYN) → drained (nothing in hand) → idle (its withdrawal); any → stopped.
 */
export type WorkerState = 'starting' | 'idle' | 'busy' | 'draining' | 'drained' | 'stopped';

export interface WorkerStatus {
  readonly state: WorkerState;
  readonly completed: number;
  /** Ids of the tasks that are being worked on. */
  readonly tasks: readonly string[];
  /** Tasks that it holds and has not begun. */
  readonly inStore: number;
}

export interface WorkerLoopOptions {
  readonly member: string;
  readonly source: Pick<TaskSource, 'claim' | 'finish' | 'release' | 'reclaim'>;
  readonly roster: Roster;
  readonly doorbell: Doorbell;
  readonly work: Work;
  /** worker.concurrency, worker.prefetch, queue.maxAttempts */
  readonly concurrency: number;
  readonly prefetch: number;
  readonly maxAttempts: number;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  /** Told of every claim that ended here. */
  readonly onFinished?: (claim: Claim, outcome: Outcome, accepted: boolean) => void;
}

/** Idle workers whose waits end at the same lease's expiry come one after another. */
const WAIT_JITTER_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/** A worker that drains asks this often whether it still must. */
const GLANCE_MS = 1_000;

/**
 * One worker: finishes what has ended and claims what it has room for, in one request at a time, until stopped. So whatever
 * ends while a request is under way goes with the next one, and each request can be repeated. It keeps no state that the
 * queue does not have: whatever happens to it, what is in its hands comes back by its lease.
 */
export class WorkerLoop {
  readonly #options: WorkerLoopOptions;
  readonly #stop = new AbortController();
  readonly #giveUp = new AbortController();
  readonly #hands: Hands;
  readonly #times = new ServiceTimes();
  #phase: 'starting' | 'at work' | 'draining' | 'drained' | 'stopped' = 'starting';
  #sequence = 0;
  #completed = 0;
  /** The wait at the doorbell, which may outlast many turns of a worker that has work, too. */
  #bell: Promise<void> | null = null;
  #rings = 0;
  /** Nothing waited when it last asked, and no bell has rung since. */
  #asleep = false;
  #news: Promise<void>;
  #tell: () => void = () => undefined;
  #running: Promise<void> | null = null;

  constructor(options: WorkerLoopOptions) {
    this.#options = options;
    this.#news = this.#nextNews();
    this.#hands = new Hands({ ...options, giveUp: this.#giveUp.signal, onChange: () => this.#tell() });
  }

  get status(): WorkerStatus {
    const tasks = this.#hands.inWork.map(({ task }) => task.id);
    const state = this.#phase === 'at work' ? (tasks.length > 0 ? 'busy' : 'idle') : this.#phase;
    return { state, completed: this.#completed, tasks, inStore: this.#hands.inStore };
  }

  start(): void {
    if (!this.#stop.signal.aborted) this.#running ??= this.#run();
  }

  /** Takes no more tasks; lets those in work finish within `graceMs`, then gives them back. Idempotent. */
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
    await this.#persist('announce', () => roster.announce({ id: member, role: 'worker' }));
    this.#phase = 'at work';
    while (!this.#stop.signal.aborted) await this.#turn();
    await this.#windUp();
    this.#phase = 'stopped';
    await this.#attempt('leave', () => roster.leave(member));
  }

  async #turn(): Promise<void> {
    const { concurrency, prefetch } = this.#options;
    await this.#untilNeeded();
    if (this.#stop.signal.aborted) return;
    if (this.#hands.overdue) await this.#release(this.#hands.takeStore({ all: false }));
    const demand = demandOf({ free: this.#hands.free, concurrency, prefetch, serviceMs: this.#times.longest });
    const rings = this.#rings;
    const reply = await this.#ask(this.#hands.takeEnded(), demand);
    if (reply === null) return;
    if (reply.kind === 'ordered') {
      await this.#drain(reply.order);
      return;
    }
    if (demand.most === 0) return;
    this.#phase = 'at work';
    if (reply.kind === 'tasks') this.#hands.take(reply.claims);
    // A bell that rang meanwhile may have rung for what came after this answer.
    this.#asleep = reply.kind === 'empty' && rings === this.#rings;
    if (reply.kind === 'empty') this.#listen(reply.waitMs);
  }

  /** Waits until there is something to ask: a result to report, claims to give back, or room for others. */
  async #untilNeeded(): Promise<void> {
    const signal = this.#stop.signal;
    while (!signal.aborted && !this.#hands.due && (this.#hands.free === 0 || this.#asleep)) await this.#hear(signal);
  }

  /** Waits for news: a task has ended, something has waited for too long, or a bell has rung. */
  async #hear(signal: AbortSignal): Promise<void> {
    await unlessAborted(this.#news, signal);
  }

  #nextNews(): Promise<void> {
    return new Promise((resolve) => {
      this.#tell = () => {
        resolve();
        this.#news = this.#nextNews();
      };
    });
  }

  /** Goes to the doorbell. A ring that comes when there is no room any more is passed on to another worker. */
  #listen(waitMs: number): void {
    const { doorbell, rng, source } = this.#options;
    const timeoutMs = waitMs + rng.float() * WAIT_JITTER_MS;
    const wait = async (): Promise<void> => {
      await this.#attempt('wait', () => doorbell.wait({ timeoutMs, signal: this.#stop.signal }));
      this.#bell = null;
      this.#rings += 1;
      this.#asleep = false;
      this.#tell();
      const cannotServe = this.#hands.free === 0 || this.#phase === 'draining';
      if (cannotServe) await this.#attempt('pass a ring on', () => source.reclaim());
    };
    this.#bell ??= wait();
  }

  /** A SYN: takes nothing, gives back what it has not begun, and answers when its hands are empty. */
  async #drain(order: DrainOrder): Promise<void> {
    const { member, roster, doorbell, log, clock } = this.#options;
    const signal = this.#stop.signal;
    this.#phase = 'draining';
    await this.#release(this.#hands.takeStore({ all: true }));
    if (!this.#hands.empty) {
      const heard = new AbortController();
      void clock.sleep(GLANCE_MS, heard.signal).then(() => this.#tell());
      if (!this.#hands.due) await this.#hear(signal);
      heard.abort();
      return;
    }
    // Its connection waits for one thing at a time; the order's own ring ends the wait.
    if (this.#bell !== null) await unlessAborted(this.#bell, signal);
    this.#phase = 'drained';
    await this.#attempt('stand by', () => standBy({ roster, doorbell, log, member, order, state: 'drained', signal }));
    this.#phase = 'at work';
  }

  /** Gives back what is not begun, reports what ends within the grace, and gives back the rest. */
  async #windUp(): Promise<void> {
    const { log } = this.#options;
    await this.#release(this.#hands.takeStore({ all: true }));
    while (!this.#giveUp.signal.aborted && !this.#hands.empty) {
      const ended = this.#hands.takeEnded();
      if (ended.length > 0) await this.#ask(ended, { most: 0 });
      else await this.#hear(this.#giveUp.signal);
    }
    await this.#ask(this.#hands.takeEnded(), { most: 0 });
    const left = this.#hands.inWork;
    if (left.length === 0) return;
    log.warn({ tasks: left.map(({ task }) => task.id) }, 'the grace is over: the tasks in hand go back to their lanes');
    await this.#release(left);
  }

  /** One request. Null when Redis refused it; what has ended is reported again until it is taken or the grace is over. */
  async #ask(ended: readonly Ended[], demand: Demand): Promise<ClaimReply | null> {
    const { source, member: worker } = this.#options;
    this.#sequence += 1;
    const request = { worker, sequence: this.#sequence, ...demand };
    if (ended.length === 0) return demand.most === 0 ? null : await this.#attempt('claim', () => source.claim(request));
    const reply = await this.#persist('finish', () => source.finish({ ...request, ended }));
    if (reply === null) return null;
    for (const [i, one] of ended.entries()) this.#note(one, reply.accepted[i] === true);
    // One claim lost: the others, as old as it, are not worth beginning.
    if (reply.accepted.includes(false)) await this.#release(this.#hands.takeStore({ all: true }));
    return reply.next;
  }

  #note({ claim, outcome }: Ended, accepted: boolean): void {
    this.#times.add(outcome.serviceMs);
    if (accepted && outcome.kind === 'done') this.#completed += 1;
    this.#options.onFinished?.(claim, outcome, accepted);
  }

  async #release(claims: readonly Claim[]): Promise<void> {
    const { source, member: worker } = this.#options;
    if (claims.length > 0) await this.#attempt('release', () => source.release({ worker, claims }));
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
