import { Worker } from 'node:worker_threads';
import { SECOND, type Clock } from '#shared/clock.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { OnlineSnapshot } from '../learn/online/online-learner.ts';
import type { SavedModel } from '../learn/saved-model.ts';
import type { Seen } from '../observation.ts';
import { examine, failed, tooLate, type Answer } from '../shield/answer.ts';
import type { Adviser } from './adviser.ts';
import type { FromPolicyThread, LearningPlan, PolicyThreadData, ToPolicyThread } from './serve-policy.ts';
import { within } from './within.ts';

export interface ThreadAdviserOptions {
  readonly name: string;
  readonly id: string | null;
  readonly model: SavedModel;
  readonly withinMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** It learns on, and its snapshots go there; nothing: it stays as it is. */
  readonly learning?: { readonly plan: LearningPlan; readonly onSnapshot: (snapshot: OnlineSnapshot) => void };
  /** The thread's module; another one than policy-thread.ts in tests. */
  readonly module?: URL;
}

/** A network of the largest size that a store takes loads well within it. */
const LOADS_WITHIN_MS = 10 * SECOND;

/** A thread that hung is replaced so often; then the policy is given up until somebody sets it again. */
const MOST_RESTARTS = 5;

/** A policy decides on nine numbers: one that needs more memory than this is broken. */
const MOST_MEMORY_MB = 256;

/**
 * A trained policy in a worker thread of its own, so that no endless loop in it stops control: who does not answer in time
 * is ended, and a fresh thread takes its place while the safe policy decides.
 *
 *     loading ─▶ ready ⇄ asked ─(late, or it ended)─▶ loading …          any ─▶ stopped
 */
export class ThreadAdviser implements Adviser {
  readonly name: string;
  readonly model: string | null;
  readonly #options: ThreadAdviserOptions;
  #thread: Worker | null = null;
  #loading: Promise<void> | null = null;
  /** The answer that somebody waits for. */
  #inHand: Promise<Answer> | null = null;
  readonly #ending = new Set<Promise<unknown>>();
  #restarts = 0;
  #stopped = false;

  /** @throws MODEL_INVALID when the thread cannot load the model, or not in time */
  static async start(options: ThreadAdviserOptions): Promise<ThreadAdviser> {
    const adviser = new ThreadAdviser(options);
    try {
      await adviser.#load();
    } catch (cause) {
      await adviser.stop();
      throw new FarmhandError('MODEL_INVALID', `policy ${options.name}: ${coerceError(cause).message}`, { cause });
    }
    return adviser;
  }

  private constructor(options: ThreadAdviserOptions) {
    this.name = options.name;
    this.model = options.id;
    this.#options = options;
  }

  ask(seen: Seen): Promise<Answer> {
    this.#inHand = this.#answer(seen);
    return this.#inHand;
  }

  async #answer(seen: Seen): Promise<Answer> {
    const thread = this.#thread;
    const { clock, withinMs } = this.#options;
    if (thread === null) return failed('timeout', this.#whyAbsent());
    const reply = nextMessage(thread);
    thread.postMessage(seen satisfies ToPolicyThread);
    try {
      const timely = await within(reply, { clock, timeoutMs: withinMs });
      if (timely.kind === 'late') {
        this.#replace(thread, `did not answer within ${withinMs} ms`);
        return tooLate(withinMs);
      }
      const message = timely.value;
      if (message.kind === 'decided') return examine(message.decision);
      return failed(
        'exception',
        `the policy failed: ${message.kind === 'threw' ? message.message : 'it lost its way'}`,
      );
    } catch (thrown) {
      const { message } = coerceError(thrown);
      this.#replace(thread, message);
      return failed('exception', `the policy failed: ${message}`);
    }
  }

  acted(replicas: number | null): void {
    if (this.#options.learning !== undefined) this.#thread?.postMessage({ acted: replicas } satisfies ToPolicyThread);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    // Policies are replaced while a step may be at work: whoever waits for an answer gets it.
    await this.#inHand;
    if (this.#thread !== null) this.#end(this.#thread);
    this.#thread = null;
    await this.#loading?.catch(() => undefined);
    await Promise.all(this.#ending);
  }

  async #load(): Promise<void> {
    const { model, module, clock, learning } = this.#options;
    const thread = new Worker(module ?? new URL('./policy-thread.ts', import.meta.url), {
      workerData: { model, ...(learning !== undefined && { learning: learning.plan }) } satisfies PolicyThreadData,
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
    });
    // A thread without work keeps no process alive.
    thread.unref();
    thread
      .on('message', (message: FromPolicyThread) => {
        if (message.kind === 'learnt') learning?.onSnapshot(message.snapshot);
      })
      // Between two questions nobody else listens, and an error that nobody hears ends the process.
      .on('error', (error: Error) => this.#replace(thread, error.message))
      .on('exit', (code) => this.#replace(thread, whyEnded(code)));
    try {
      const ready = await within(nextMessage(thread), { clock, timeoutMs: LOADS_WITHIN_MS });
      if (ready.kind === 'late') throw new Error(`its thread was not ready within ${LOADS_WITHIN_MS / SECOND} s`);
    } catch (thrown) {
      this.#end(thread);
      throw thrown;
    }
    if (this.#stopped) this.#end(thread);
    else this.#thread = thread;
  }

  /** Once for each thread: whoever notices first. */
  #replace(thread: Worker, because: string): void {
    if (this.#thread !== thread) return;
    this.#end(thread);
    this.#thread = null;
    if (this.#stopped || this.#restarts >= MOST_RESTARTS) return;
    this.#restarts += 1;
    this.#options.log.warn({ policy: this.name, because }, `policy ${this.name}: ${because}; its thread is replaced`);
    this.#loading = this.#load()
      .catch((thrown: unknown) => {
        const { message } = coerceError(thrown);
        this.#options.log.error({ policy: this.name, error: message }, `policy ${this.name} does not load again`);
      })
      .finally(() => {
        this.#loading = null;
      });
  }

  #end(thread: Worker): void {
    const ended = thread.terminate().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  #whyAbsent(): string {
    return this.#loading === null
      ? `the policy's thread was replaced ${this.#restarts} times and is given up; set the policy again to try once more`
      : "the policy's thread is being replaced";
  }
}

function whyEnded(code: number): string {
  return `its thread ended with exit code ${code}`;
}

/** The next answer of a thread; rejects when it ends first. */
function nextMessage(thread: Worker): Promise<FromPolicyThread> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      thread.off('message', onMessage).off('error', onError).off('exit', onExit);
      act();
    };
    const onMessage = (message: FromPolicyThread): void => {
      if (message.kind !== 'learnt') settle(() => resolve(message));
    };
    const onError = (error: Error): void => settle(() => reject(error));
    const onExit = (code: number): void => settle(() => reject(new Error(whyEnded(code))));
    thread.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}
