import type { Task } from '../task.ts';
import type { Scripts } from './scripts.ts';
import type { EmitBatch, InputMessage, SubmitReply, TakenMessage, TaskInbox } from './task-inbox.ts';
import type { FarmKeys } from './keys.ts';
import type { Redis } from 'ioredis';

/** TaskInbox on Redis. `client` must be unique to this process: with its request numbers it makes repeats recognisable. */
export class RedisInbox implements TaskInbox {
  readonly #redis: Redis;
  readonly #keys: FarmKeys;
  readonly #scripts: Scripts;
  readonly #client: string;
  #sequence = 0;

  constructor(options: { redis: Redis; keys: FarmKeys; scripts: Scripts; client: string }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
    this.#scripts = options.scripts;
    this.#client = `inbox/${options.client}`;
  }

  async submit(messages: readonly InputMessage[]): Promise<SubmitReply> {
    this.#sequence += 1;
    const args = messages.flatMap((message) =>
      message.kind === 'task'
        ? [message.id, 'task', message.task.run ?? '-', JSON.stringify(message.task)]
        : [message.id, 'phase', message.phase.run, JSON.stringify(message.phase)],
    );
    const reply = (await this.#scripts.run('submit', [this.#client, this.#sequence, ...args])) as [number, ...string[]];
    const [accepted, ...duplicates] = reply;
    return { accepted, duplicates };
  }

  async recover(): Promise<readonly TakenMessage[]> {
    const taken = await this.#redis.hgetall(this.#keys.taken);
    return Object.values(taken)
      .map(parseTaken)
      .sort((a, b) => a.takenAt - b.takenAt || a.acceptedAt - b.acceptedAt);
  }

  async take(limit: number): Promise<readonly TakenMessage[]> {
    this.#sequence += 1;
    const reply = (await this.#scripts.run('take-input', [this.#client, this.#sequence, limit])) as string[];
    return reply.filter((_, index) => index % 2 === 1).map(parseTaken);
  }

  async emit(batch: EmitBatch): Promise<boolean> {
    const args = batch.tasks.flatMap((task) => [
      task.id,
      task.expectedServiceMs,
      task.deadlineMs,
      JSON.stringify(task),
    ]);
    const head = [batch.messageId, batch.emitted, batch.done ? 1 : 0];
    return (await this.#scripts.run('emit', [...head, ...args])) === 1;
  }

  async stopRun(run: string): Promise<number> {
    return (await this.#scripts.run('stop-run', [run])) as number;
  }
}

/** `takenAt emitted⏎id acceptedAt kind run⏎JSON` */
function parseTaken(entry: string): TakenMessage {
  const [progress = '', header = '', json = ''] = entry.split('\n');
  const [takenAt, emitted] = progress.split(' ');
  const [id = '', acceptedAt, kind] = header.split(' ');
  const body: unknown = JSON.parse(json);
  return {
    message:
      kind === 'phase'
        ? { kind: 'phase', id, phase: body as Extract<InputMessage, { kind: 'phase' }>['phase'] }
        : { kind: 'task', id, task: body as Task },
    acceptedAt: Number(acceptedAt),
    takenAt: Number(takenAt),
    emitted: Number(emitted),
  };
}
