import type { PhaseMessage } from '../workload/phase-message.ts';
import { NO_RUN, taskBody } from './envelope.ts';
import type { Scripts } from './scripts.ts';
import type { EmitBatch, InputMessage, SubmitReply, Taken, TakenPhase, TaskInbox } from './task-inbox.ts';
import type { FarmKeys } from './keys.ts';
import type { Redis } from 'ioredis';

/**
 * TaskInbox on Redis. `client` must be unique to this process: with its request numbers it makes repeats recognisable. Redis
 * remembers the answer to a client's last request, so that a connection that breaks may leave no more than one to be repeated.
 */
export class RedisInbox implements TaskInbox {
  readonly #redis: Redis;
  readonly #keys: FarmKeys;
  readonly #scripts: Scripts;
  readonly #client: string;
  #sequence = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: { redis: Redis; keys: FarmKeys; scripts: Scripts; client: string }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
    this.#scripts = options.scripts;
    this.#client = `inbox/${options.client}`;
  }

  async submit(messages: readonly InputMessage[]): Promise<SubmitReply> {
    const args: (string | number)[] = [];
    for (const message of messages) {
      if (message.kind === 'task') {
        const { id, task } = message;
        args.push(id, 'task', task.run ?? NO_RUN, task.expectedServiceMs, task.deadlineMs, taskBody(task));
      } else {
        const { id, phase } = message;
        args.push(id, 'phase', phase.run, '-', '-', JSON.stringify(phase));
      }
    }
    const [accepted, ...duplicates] = (await this.#request('submit', args)) as string[];
    return { accepted: Number(accepted), duplicates };
  }

  async recover(): Promise<readonly TakenPhase[]> {
    const taken = await this.#redis.hgetall(this.#keys.taken);
    return Object.values(taken)
      .map(parseTaken)
      .sort((a, b) => a.takenAt - b.takenAt || a.acceptedAt - b.acceptedAt);
  }

  async take(limit: number): Promise<Taken> {
    const [moved, phase] = (await this.#request('take-input', [limit])) as (string | null)[];
    return { moved: Number(moved), phase: typeof phase === 'string' ? parseTaken(phase) : null };
  }

  async emit(batch: EmitBatch): Promise<boolean> {
    const args: (string | number)[] = [batch.phaseId, batch.emitted, batch.done ? 1 : 0];
    for (const task of batch.tasks) {
      args.push(task.id, task.expectedServiceMs, task.deadlineMs, task.run ?? NO_RUN, taskBody(task));
    }
    return (await this.#scripts.run('emit', args)) === 1;
  }

  async stopRun(run: string): Promise<number> {
    return (await this.#scripts.run('stop-run', [run])) as number;
  }

  /** One after the other: see above. */
  async #request(script: 'submit' | 'take-input', args: readonly (string | number)[]): Promise<unknown> {
    const ask = async (): Promise<unknown> => {
      this.#sequence += 1;
      return await this.#scripts.run(script, [this.#client, this.#sequence, ...args]);
    };
    const answer = this.#last.then(ask);
    this.#last = answer.catch(() => undefined);
    return await answer;
  }
}

/** `takenAt emitted⏎input entry` */
function parseTaken(entry: string): TakenPhase {
  const [progress = '', line = '', json = ''] = entry.split('\n');
  const [takenAt, emitted] = progress.split(' ');
  const [id = '', acceptedAt] = line.split(' ');
  return {
    id,
    phase: JSON.parse(json) as PhaseMessage,
    acceptedAt: Number(acceptedAt),
    takenAt: Number(takenAt),
    emitted: Number(emitted),
  };
}
