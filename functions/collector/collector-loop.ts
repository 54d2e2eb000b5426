import type { Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { Doorbell } from '#shared/queue/doorbell.ts';
import type { Roster } from '#shared/queue/roster.ts';
import { standBy } from '#shared/queue/stand-by.ts';
import type { TaskSink } from '#shared/queue/task-sink.ts';
import type { TaskSource } from '#shared/queue/task-source.ts';
import type { FinishedTask, TaskRecord } from '#shared/task.ts';

/** starting → collecting; collecting → standing-by → collecting (a SYN, and its withdrawal); any → stopped. */
export type CollectorState = 'starting' | 'collecting' | 'standing-by' | 'stopped';

export interface CollectorLoopOptions {
  readonly member: string;
  readonly sink: TaskSink;
  /** Looks for lost claims in passing. */
  readonly source: Pick<TaskSource, 'reclaim'>;
  readonly roster: Roster;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly log: Logger;
  /** Does what a result asks for besides being recorded (writes its thumbnail). Safe to repeat. */
  readonly deliver: (result: FinishedTask) => Promise<void>;
  readonly onCollected: (records: readonly TaskRecord[]) => void;
}

const BATCH = 200;
const PAUSE_MS = 250;

/**
 * Moves results to output: delivers, then commits. A crash between the two delivers again, and a second commit changes
 * nothing, so each task has one record and, where one was asked for, one thumbnail.
 */
export class CollectorLoop {
  readonly #options: CollectorLoopOptions;
  readonly #stop = new AbortController();
  #state: CollectorState = 'starting';
  #announced = false;
  #running: Promise<void> | null = null;

  constructor(options: CollectorLoopOptions) {
    this.#options = options;
  }

  get state(): CollectorState {
    return this.#state;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { member, roster, clock, log } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#turn();
      } catch (thrown) {
        log.warn({ error: coerceError(thrown) }, 'Redis refused; the collector goes on');
        await clock.sleep(PAUSE_MS, signal);
      }
    }
    this.#state = 'stopped';
    await roster
      .leave(member)
      .catch((thrown: unknown) => log.warn({ error: coerceError(thrown) }, 'could not sign off'));
  }

  async #turn(): Promise<void> {
    const { member, roster, doorbell, log, sink, source, deliver, onCollected } = this.#options;
    const { signal } = this.#stop;
    if (!this.#announced) await roster.announce({ id: member, role: 'collector' });
    this.#announced = true;
    const order = await roster.orderFor(member);
    if (order !== null) {
      this.#state = 'standing-by';
      await standBy({ roster, doorbell, log, member, order, state: 'stopped', signal });
      return;
    }
    this.#state = 'collecting';
    const results = await sink.take(BATCH);
    if (results.length === 0) {
      const { waitMs } = await source.reclaim();
      await doorbell.wait({ timeoutMs: waitMs, signal });
      return;
    }
    await Promise.all(results.map(deliver));
    onCollected(await sink.commit(results.map(({ id }) => id)));
  }
}
