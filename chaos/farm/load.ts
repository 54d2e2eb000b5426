import { coerceError, FarmhandError } from '#shared/errors.ts';
import { SECOND, type Clock } from '#shared/clock.ts';
import type { Rng } from '#shared/rng.ts';
import type { Submission } from '../check/history.ts';
import type { HttpClient } from './http-client.ts';

/** A task as a user submits it. */
export interface NewTask {
  readonly id: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly expectedServiceMs: number;
}

export interface LoadOptions {
  readonly http: Pick<HttpClient, 'call'>;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly signal: AbortSignal;
}

/** What a submission came to: accepted, but for the ids that were `known`; 'unknown' when no reply came, or one that does not say. */
type Reply = { readonly known: readonly string[] } | 'refused' | 'not now' | 'unknown';

const TOGETHER = 10;
const IN_FLIGHT = 16;
/** So far away that the order of dispatch is that of arrival, whatever is done to the farm. */
const DEADLINE_MS = 3_600_000;
const PAUSE_MS = 200;
/** The queue hands long payloads over in a way of their own (docs/queue.md), so every other stretch of tasks has such. */
const LONG_TEXT = 'x'.repeat(4_000);
const STRETCH = 40;
/** An emitter that is held up answers in the end; who gives up before has an unknown reply. */
const PATIENCE_MS = 6 * SECOND;
/** Of so many ordinary submissions without a reply one is left alone: its tasks may be in the farm all the same. */
const LEAVE_ONE_OF = 10;

/** A client that submits tasks through the gateway, tries again as a client should, and keeps a history of what it was told. */
export class Load {
  readonly #options: LoadOptions;
  readonly #submissions = new Map<string, Submission>();

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  get submissions(): readonly Submission[] {
    return [...this.#submissions.values()];
  }

  get attempted(): number {
    return this.#submissions.size;
  }

  /** Submits `total` short tasks, never more than `allowed()` of them, which grows to `total`. */
  async run(total: number, allowed: () => number): Promise<void> {
    const { clock, signal } = this.#options;
    const inFlight = new Set<Promise<void>>();
    for (let next = 0; next < total && !signal.aborted;) {
      const count = Math.min(TOGETHER, total - next, Math.floor(allowed()) - next);
      if (count <= 0 || inFlight.size >= IN_FLIGHT) {
        await clock.sleep(20, signal);
        continue;
      }
      const tasks = Array.from({ length: count }, (_, i) => this.#ordinaryTask(next + i));
      next += count;
      const sent = this.#persist(tasks, { leaves: true }).finally(() => inFlight.delete(sent));
      inFlight.add(sent);
    }
    await Promise.all(inFlight);
  }

  /** Submits until it is told that the farm has the tasks, or refuses them for good. */
  async submit(tasks: readonly NewTask[]): Promise<void> {
    await this.#persist(tasks, { leaves: false });
  }

  /** @param options.leaves now and then an unknown reply is left so. */
  async #persist(tasks: readonly NewTask[], { leaves }: { leaves: boolean }): Promise<void> {
    const { clock, rng, signal } = this.#options;
    const its = tasks.map(({ id }) => this.#submission(id));
    let unknown = false;
    while (!signal.aborted) {
      const reply = await this.#post(tasks);
      const now = clock.farmTime();
      if (reply === 'refused') {
        for (const each of its) each.refused = true;
        return;
      }
      if (reply === 'unknown') {
        unknown = true;
        if (leaves && rng.int(LEAVE_ONE_OF) === 0) return;
      } else if (reply !== 'not now') {
        for (const each of its) {
          each.replyLost ||= unknown && each.acknowledgedAt === null && reply.known.includes(each.id);
          each.acknowledgedAt ??= now;
        }
        return;
      }
      await clock.sleep(PAUSE_MS, signal);
    }
  }

  /** Acknowledged tasks, to be submitted once more: up to `count` of the last ones. */
  latest(count: number): NewTask[] {
    return this.submissions
      .filter(({ acknowledgedAt }) => acknowledgedAt !== null)
      .slice(-count)
      .map(({ id }) => ({ id, payload: { serviceMs: 1 }, expectedServiceMs: 1 }));
  }

  #submission(id: string): Submission {
    const known = this.#submissions.get(id);
    if (known !== undefined) return known;
    const made = {
      id,
      firstAttemptAt: this.#options.clock.farmTime(),
      acknowledgedAt: null,
      replyLost: false,
      refused: false,
    };
    this.#submissions.set(id, made);
    return made;
  }

  /** Mostly a few ms; one of fifty is long enough to be in a worker's hands when something happens to it. */
  #ordinaryTask(n: number): NewTask {
    const { rng } = this.#options;
    const serviceMs = rng.int(50) === 0 ? 20 + rng.int(80) : 1 + rng.int(5);
    const payload = Math.floor(n / STRETCH) % 2 === 1 ? { serviceMs, text: LONG_TEXT } : { serviceMs };
    return { id: `task-${n}`, payload, expectedServiceMs: serviceMs };
  }

  async #post(tasks: readonly NewTask[]): Promise<Reply> {
    try {
      const { status, body } = await this.#options.http.call('POST', '/function/emitter/tasks', {
        body: tasks.map((task) => ({ ...task, kind: 'calibrated', deadlineMs: DEADLINE_MS })),
        timeoutMs: PATIENCE_MS,
      });
      if (status === 202) return { known: (body as { duplicates: string[] }).duplicates };
      // The gateway has no emitter that is ready, or the emitter no Redis: in both cases nothing was tried.
      if (status === 503) return 'not now';
      if (status === 400 || status === 413) {
        if (tasks.length === 1) return 'refused';
        throw new FarmhandError('INTERNAL', `the emitter refuses ordinary tasks: ${JSON.stringify(body)}`);
      }
      return 'unknown';
    } catch (thrown) {
      if (thrown instanceof FarmhandError) throw thrown;
      return coerceError(thrown).message.includes('ECONNREFUSED') ? 'not now' : 'unknown';
    }
  }
}
