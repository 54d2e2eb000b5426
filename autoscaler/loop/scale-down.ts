import { SECOND, type Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { Drain } from '#shared/queue/roster.ts';
import type { Scaler } from '../scaler/scaler.ts';
import { within } from './within.ts';

export interface ScaleDownParts {
  readonly drain: Drain;
  readonly scaler: Scaler;
  readonly clock: Clock;
  readonly log: Logger;
  /** A new id for each order. */
  readonly newOrder: () => string;
}

export interface ScaleDownRequest {
  /** Replicas after it, in all. */
  readonly replicas: number;
  /** Replicas now. */
  readonly from: number;
  /** Time that the workers have to finish what is in hand. */
  readonly timeoutMs: number;
}

export interface ScaleDownResult {
  readonly drained: number;
  /** Named workers that were given back to work. */
  readonly withdrawn: number;
  /** Replicas afterwards; null: the platform could not be asked. */
  readonly granted: number | null;
  readonly outcome: 'down' | 'withdrawn' | 'refused' | 'failed';
  readonly because: string;
  /** Why it failed; null for every other outcome. */
  readonly failure: Error | null;
}

/**
 * An order outlives the wait for its ACKs by this much, so that no drained worker takes work while the platform is asked.
 * Should this process die meanwhile, they work again after it.
 */
const APPLY_MARGIN_MS = 10 * SECOND;

/** Time that a removed worker, with nothing in hand, needs to sign off. */
const LEAVING_MS = 2 * SECOND;
const LOOK_EVERY_MS = 50;

/** One wait for an ACK holds its connection no longer than this, so that a scale-down that was called off frees it soon. */
const LONGEST_WAIT_MS = SECOND;

/**
 * Takes workers out without losing work: SYN to as many as should go, wait until each says `drained`, then lower the
 * replicas by exactly those. Whoever is not drained in time, or was drained for nothing, is withdrawn and works again.
 *
 *     idle ─▶ asking (SYN) ─▶ waiting (ACK) ─▶ applying (platform) ─▶ idle
 *                 └───────────────┴── cancel ──▶ withdrawing ────────▶ idle
 *
 * One at a time. It runs beside the control loop; `cancel` is how a scale-up gets the workers back at once.
 */
export class ScaleDown {
  readonly #parts: ScaleDownParts;
  #open: { readonly cancelled: AbortController; readonly result: Promise<ScaleDownResult> } | null = null;

  constructor(parts: ScaleDownParts) {
    this.#parts = parts;
  }

  get open(): boolean {
    return this.#open !== null;
  }

  /** Never rejects: a failure is an outcome. */
  async run(request: ScaleDownRequest): Promise<ScaleDownResult> {
    await this.cancel();
    const cancelled = new AbortController();
    const result = this.#carryOut(request, cancelled.signal);
    const open = { cancelled, result };
    this.#open = open;
    try {
      return await result;
    } finally {
      if (this.#open === open) this.#open = null;
    }
  }

  /** Gives the workers back, unless the platform is being asked already; resolves when nothing is open. */
  async cancel(): Promise<void> {
    this.#open?.cancelled.abort();
    await this.#open?.result;
  }

  async #carryOut(request: ScaleDownRequest, cancelled: AbortSignal): Promise<ScaleDownResult> {
    const { drain, clock, newOrder } = this.#parts;
    const order = newOrder();
    const course: Course = { named: [], drained: new Set(), removed: 0, granted: null, failure: null };
    try {
      const deadlineMs = clock.monotonic() + request.timeoutMs;
      const count = request.from - request.replicas;
      course.named = await drain.request({
        order,
        type: 'scale-down',
        role: 'worker',
        count,
        timeoutMs: request.timeoutMs + APPLY_MARGIN_MS,
        ...(await this.#choice(count)),
      });
      await this.#collectAcks({ order, deadlineMs, cancelled }, course);
      // Before the platform is asked: it takes who is not ready, and that should be the drained ones alone.
      const { drained } = course;
      const late = course.named.filter((member) => !drained.has(member));
      if (late.length > 0) await drain.withdraw(order, late);
      if (!cancelled.aborted) await this.#lower(request, course);
      if (course.removed > 0) await this.#freeSurvivors(order, course);
    } catch (thrown) {
      course.failure = coerceError(thrown);
    }
    // Where fewer left than were drained nobody knows which: whoever is still there works again.
    if (course.removed < course.drained.size || course.failure !== null) await this.#withdrawAll(order);
    return conclude(request, course, cancelled.aborted);
  }

  /**
   * Whom the platform can give up first, where it is not all the same to it: by rank, then as the queue chooses (idle ones
   * first, then the youngest). Nothing: the queue chooses.
   */
  async #choice(count: number): Promise<{ named?: readonly string[] }> {
    const { drain, scaler, clock } = this.#parts;
    const { rankOf } = scaler;
    if (rankOf === undefined) return {};
    const now = clock.farmTime();
    const free = (await drain.members()).filter(
      ({ role, order }) => role === 'worker' && (order === null || order.untilMs <= now),
    );
    const named = free
      .sort(
        (a, b) =>
          rankOf(b.id) - rankOf(a.id) || Math.sign(a.holding) - Math.sign(b.holding) || b.startedAt - a.startedAt,
      )
      .slice(0, count)
      .map(({ id }) => id);
    return named.length === 0 ? {} : { named };
  }

  /** Waits until every named worker has answered, or `deadlineMs`, or a cancellation. */
  async #collectAcks(
    wait: { order: string; deadlineMs: number; cancelled: AbortSignal },
    { named, drained }: Course,
  ): Promise<void> {
    const { drain, clock } = this.#parts;
    const { order, deadlineMs, cancelled } = wait;
    const silent = new Set(named);
    const cancellation = new Promise<null>((resolve) => {
      cancelled.addEventListener('abort', () => resolve(null), { once: true });
    });
    while (silent.size > 0 && !cancelled.aborted) {
      const timeoutMs = Math.min(deadlineMs - clock.monotonic(), LONGEST_WAIT_MS);
      if (timeoutMs <= 0) return;
      const next = Promise.race([drain.nextAck(order, timeoutMs), cancellation]);
      // The wait itself is Redis's; while Redis is away only this deadline ends it.
      const answer = await within(next, { clock, timeoutMs: timeoutMs + LONGEST_WAIT_MS });
      const ack = answer.kind === 'done' ? answer.value : null;
      if (ack === null) {
        // Whoever has left meanwhile (its replica was removed, or it crashed) will not answer.
        const there = new Set((await drain.members()).map(({ id }) => id));
        for (const member of silent) if (!there.has(member)) silent.delete(member);
        continue;
      }
      // `stopped`: its loop has ended with nothing in hand, which is as good as drained.
      if (ack.state === 'resumed') drained.delete(ack.member);
      else drained.add(ack.member);
      silent.delete(ack.member);
    }
  }

  /** Asks the platform for as many fewer as were drained. */
  async #lower(request: ScaleDownRequest, course: Course): Promise<void> {
    const { scaler, drain } = this.#parts;
    // Replicas without a single living worker (an image that does not start) hold no work and cannot answer.
    const lifeless = course.named.length === 0 && !(await drain.members()).some(({ role }) => role === 'worker');
    if (course.drained.size === 0 && !lifeless) return;
    const { granted: now } = await scaler.read();
    const replicas = lifeless ? request.replicas : Math.max(request.replicas, now - course.drained.size);
    course.granted = now;
    if (replicas >= now) return;
    course.granted = (await scaler.apply(lifeless ? { replicas } : { replicas, drained: [...course.drained] })).granted;
    course.removed = Math.min(course.drained.size, Math.max(0, now - course.granted));
  }

  /**
   * The platform may have taken other replicas than the drained ones (Kubernetes ranks pods that are still starting before
   * them): a drained worker that is still there works again at once, instead of when its order runs out.
   */
  async #freeSurvivors(order: string, { drained }: Course): Promise<void> {
    const { drain, clock } = this.#parts;
    const deadlineMs = clock.monotonic() + LEAVING_MS;
    for (;;) {
      const there = (await drain.members()).filter(({ id }) => drained.has(id)).map(({ id }) => id);
      if (there.length === 0) return;
      if (clock.monotonic() >= deadlineMs) {
        await drain.withdraw(order, there);
        return;
      }
      await clock.sleep(LOOK_EVERY_MS);
    }
  }

  async #withdrawAll(order: string): Promise<void> {
    try {
      await this.#parts.drain.withdraw(order);
    } catch (thrown) {
      const error = coerceError(thrown).message;
      this.#parts.log.warn({ order, error }, 'a withdrawal failed; the workers resume when the order runs out');
    }
  }
}

/** How far a scale-down has come. */
interface Course {
  named: readonly string[];
  readonly drained: Set<string>;
  /** Drained workers whose replicas are gone. */
  removed: number;
  granted: number | null;
  failure: Error | null;
}

function conclude(request: ScaleDownRequest, course: Course, cancelled: boolean): ScaleDownResult {
  const { named, drained, removed, granted, failure } = course;
  const end = (outcome: ScaleDownResult['outcome'], because: string): ScaleDownResult => ({
    drained: drained.size,
    withdrawn: named.length - removed,
    granted,
    outcome,
    because,
    failure,
  });
  if (failure !== null) return end('failed', `the scale-down failed: ${failure.message}`);
  if (granted !== null && granted < request.from) {
    return end(
      'down',
      named.length === 0 ? 'no worker is alive to be asked' : `${drained.size} of ${named.length} drained`,
    );
  }
  if (granted !== null) return end('refused', `the platform keeps ${granted}`);
  if (cancelled) return end('withdrawn', 'called off before its workers were drained');
  if (named.length === 0) return end('withdrawn', 'no worker was free to be asked');
  return end('withdrawn', `none of ${named.length} drained within ${request.timeoutMs / SECOND} s`);
}
