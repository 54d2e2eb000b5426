import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A side effect that every task has, made as the promise asks of task kinds: idempotent by task id, by writing aside and renaming.
 * However often a task is executed, its effect is there once and whole.
 */
export class Effects {
  readonly #folder: string;
  readonly #shards = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param by whoever makes it, so that two executions at the same time write aside to two files. */
  make(id: string, by: number): void {
    const shard = join(this.#folder, shardOf(id));
    if (!this.#shards.has(shard)) mkdirSync(shard, { recursive: true });
    this.#shards.add(shard);
    const aside = join(shard, `${id}.${by}.part`);
    writeFileSync(aside, contentOf(id));
    renameSync(aside, join(shard, id));
  }

  /** Ids whose effect is there and whole, and those whose effect is there and is not. */
  read(): { whole: ReadonlySet<string>; torn: readonly string[] } {
    const whole = new Set<string>();
    const torn: string[] = [];
    for (const shard of readdirSync(this.#folder)) {
      for (const id of readdirSync(join(this.#folder, shard))) {
        if (id.endsWith('.part')) continue; // left by a process that was killed: nobody sees it
        if (readFileSync(join(this.#folder, shard, id), 'utf8') === contentOf(id)) whole.add(id);
        else torn.push(id);
      }
    }
    return { whole, torn };
  }
}

const contentOf = (id: string): string => `done: ${id}\n`;

/** A folder of a hundred thousand files is slow: the last two characters spread them over some hundred. */
const shardOf = (id: string): string => `shard-${id.slice(-2)}`;
