import { existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '#shared/clock.ts';
import { defaultCaps, type StoreCaps } from './caps.ts';
import { emptyLedger } from './ledger.ts';
import { LedgerStore, type LedgerPlace } from './ledger-store.ts';
import { parseLedger } from './parse-ledger.ts';

/** Models in a folder: a ledger, and a file each that is named by its id. The folder is made when something is put in. */
export function folderModelStore(parts: {
  path: string;
  clock: Pick<Clock, 'farmTime'>;
  caps?: StoreCaps;
}): LedgerStore {
  const { path, clock, caps = defaultCaps } = parts;
  return new LedgerStore({ place: new FolderPlace(path), clock, caps });
}

const LEDGER = /^ledger-(\d+)\.json$/;

/**
 * Ledgers are numbered, and the highest counts. The next one is written beside its place and hard-linked into it, which only one
 * of several writers can do; files are there before a ledger names them. So whoever reads, and whoever comes after a crash,
 * finds a whole ledger and every file that it names.
 */
class FolderPlace implements LedgerPlace {
  readonly where: string;

  constructor(path: string) {
    this.where = path;
  }

  async read(): ReturnType<LedgerPlace['read']> {
    for (;;) {
      const number = this.#ledgers().at(-1);
      if (number === undefined) return { ledger: emptyLedger, revision: '0' };
      const file = this.#ledger(number);
      const text = await readIfThere(file);
      // A later one took its place since the look.
      if (text !== null) return { ledger: parseLedger(text.toString('utf8'), file), revision: String(number) };
    }
  }

  /** In one turn of the event loop. */
  async commit({ revision, ledger, file, pruned }: Parameters<LedgerPlace['commit']>[0]): Promise<boolean> {
    mkdirSync(this.where, { recursive: true });
    if (file !== null) this.#write(this.#file(file.id), file.bytes);
    const number = Number(revision) + 1;
    if (!this.#link(this.#ledger(number), `${JSON.stringify(ledger, null, 2)}\n`)) return false;
    const numbers = this.#ledgers();
    if (numbers.at(-1) !== number) {
      // So slow that its number had been given, and cleared away again.
      rmSync(this.#ledger(number), { force: true });
      return false;
    }
    for (const earlier of numbers.slice(0, -1)) rmSync(this.#ledger(earlier), { force: true });
    for (const id of pruned) rmSync(this.#file(id), { force: true });
    return true;
  }

  async file(id: string): Promise<Uint8Array | null> {
    return readIfThere(this.#file(id));
  }

  /** Numbers of the ledgers that are there, ascending: one, but while the next takes its place. */
  #ledgers(): number[] {
    if (!existsSync(this.where)) return [];
    return readdirSync(this.where)
      .map((name) => Number(LEDGER.exec(name)?.[1] ?? 0))
      .filter((number) => number > 0)
      .sort((a, b) => a - b);
  }

  #ledger(number: number): string {
    return join(this.where, `ledger-${number}.json`);
  }

  #file(id: string): string {
    return join(this.where, `${id}.json`);
  }

  /** False: the place is taken. */
  #link(place: string, content: string): boolean {
    const draft = `${place}.${crypto.randomUUID()}.tmp`;
    try {
      writeFileSync(draft, content);
      linkSync(draft, place);
      return true;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw thrown;
    } finally {
      rmSync(draft, { force: true });
    }
  }

  #write(place: string, bytes: Uint8Array): void {
    const draft = `${place}.${crypto.randomUUID()}.tmp`;
    try {
      writeFileSync(draft, bytes);
      renameSync(draft, place);
    } finally {
      rmSync(draft, { force: true });
    }
  }
}

async function readIfThere(file: string): Promise<Buffer | null> {
  try {
    return await readFile(file);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw thrown;
  }
}
