import { SECOND, type Clock } from '#shared/clock.ts';
import type { Rng } from '#shared/rng.ts';
import type { LogStore } from '../logs/log-store.ts';
import type { SecretMounts } from '../secrets/secret-mounts.ts';
import { Replica } from './replica.ts';
import type { StartChild } from './replica-child.ts';

export interface ReplicaFactoryOptions {
  readonly mounts: SecretMounts;
  readonly logs: LogStore;
  readonly clock: Clock;
  readonly rng: Rng;
}

const START_TIMEOUT_MS = 30 * SECOND;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Starts replicas, each with a name and a log of its own. */
export class ReplicaFactory {
  readonly #options: ReplicaFactoryOptions;
  readonly #open = new Set<Promise<void>>();

  constructor(options: ReplicaFactoryOptions) {
    this.#options = options;
  }

  /** @param onChange the replica's readiness changed */
  start(fn: string, startChild: StartChild, onChange: () => void): Replica {
    const { mounts, logs, clock } = this.#options;
    const instance = `${fn}-${this.#suffix()}`;
    const onLine = (text: string): void => logs.append(fn, instance, text);
    const secretsDir = mounts.folderOf(fn);
    const child = startChild({ instance, secretsDir, onLine });
    const closed = child.closed.finally(() => this.#open.delete(closed));
    this.#open.add(closed);
    return new Replica({ instance, child, clock, startTimeoutMs: START_TIMEOUT_MS, explain: onLine, onChange });
  }

  /** Resolves when the output of every replica that ended is in the log and nothing of it is left. Call it when all have ended. */
  async drained(): Promise<void> {
    await Promise.all(this.#open);
  }

  /** Eight of 36 letters: the name is the worker's in the queue, and must not come again in a farm's life. */
  #suffix(): string {
    return Array.from({ length: 8 }, () => LETTERS[this.#options.rng.int(LETTERS.length)] ?? '').join('');
  }
}
