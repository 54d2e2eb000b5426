import { SECOND, type Clock } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import type { Rng } from '#shared/rng.ts';
import type { FunctionDeployment } from '../deployment.ts';
import type { Launch } from '../launch.ts';
import type { LogStore } from '../logs/log-store.ts';
import type { SecretMounts } from '../secrets/secret-mounts.ts';
import { replicaEnvironment } from './environment.ts';
import { Replica } from './replica.ts';
import { ReplicaProcess } from './replica-process.ts';

export interface ReplicaFactoryOptions {
  readonly environment: Environment;
  readonly mounts: SecretMounts;
  readonly logs: LogStore;
  readonly clock: Clock;
  readonly rng: Rng;
}

const START_TIMEOUT_MS = 30 * SECOND;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Starts processes for deployments, each with a name, an environment and a log of its own. */
export class ReplicaFactory {
  readonly #options: ReplicaFactoryOptions;
  readonly #open = new Set<Promise<void>>();

  constructor(options: ReplicaFactoryOptions) {
    this.#options = options;
  }

  /** @param onChange the replica's readiness changed */
  start(deployment: FunctionDeployment, launch: Launch, onChange: () => void): Replica {
    const { environment, mounts, logs, clock } = this.#options;
    const fn = deployment.service;
    const instance = `${fn}-${this.#suffix()}`;
    const onLine = (text: string): void => logs.append(fn, instance, text);
    const secretsDir = mounts.folderOf(fn);
    const child = new ReplicaProcess({
      launch,
      environment: replicaEnvironment(environment, launch, deployment, { instance, secretsDir }),
      onLine,
      clock,
    });
    const closed = child.closed.finally(() => this.#open.delete(closed));
    this.#open.add(closed);
    return new Replica({ instance, child, clock, startTimeoutMs: START_TIMEOUT_MS, explain: onLine, onChange });
  }

  /** Resolves when the output of every process that ended is in the log. Call it when all have ended. */
  async drained(): Promise<void> {
    await Promise.all(this.#open);
  }

  /** Eight of 36 letters: the name is the worker's in the queue, and must not come again in a farm's life. */
  #suffix(): string {
    return Array.from({ length: 8 }, () => LETTERS[this.#options.rng.int(LETTERS.length)] ?? '').join('');
  }
}
