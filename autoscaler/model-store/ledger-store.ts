import type { Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import { Sfc32 } from '#shared/rng.ts';
import type { SavedModel } from '../learn/saved-model.ts';
import type { StoreCaps } from './caps.ts';
import {
  addModel,
  findEntry,
  historyOf,
  promoteModel,
  rollBack,
  toStored,
  type Change,
  type Entry,
  type Ledger,
} from './ledger.ts';
import { decodeModelFile, encodeModelFile } from './model-file.ts';
import { checkStoredName } from './model-name.ts';
import type { FoundModel, ModelStore, ModelToStore, Promotion, StoredModel } from './model-store.ts';

/** Where a ledger and the models' files are kept. */
export interface LedgerPlace {
  /** For people, in errors. */
  readonly where: string;
  /** The ledger, and a word that changes with it. @throws MODEL_INVALID where it is damaged */
  read(): Promise<{ readonly ledger: Ledger; readonly revision: string }>;
  /** Puts the next ledger in the place of `revision`, with the file that it adds and without those that it prunes. False: another was faster. */
  commit(next: {
    readonly revision: string;
    readonly ledger: Ledger;
    readonly file: { readonly id: string; readonly bytes: Uint8Array } | null;
    readonly pruned: readonly string[];
  }): Promise<boolean>;
  /** Null: there is none. */
  file(id: string): Promise<Uint8Array | null>;
}

/** Each lost race is somebody else's change that went through. */
const ATTEMPTS = 100;

/** ModelStore on any place: reads the ledger, works the change out (ledger.ts), and puts it in place unless somebody was faster. */
export class LedgerStore implements ModelStore {
  readonly #place: LedgerPlace;
  readonly #caps: StoreCaps;
  readonly #clock: Pick<Clock, 'farmTime'>;

  constructor(parts: { place: LedgerPlace; caps: StoreCaps; clock: Pick<Clock, 'farmTime'> }) {
    this.#place = parts.place;
    this.#caps = parts.caps;
    this.#clock = parts.clock;
  }

  async list(): Promise<readonly StoredModel[]> {
    const { ledger } = await this.#place.read();
    return ledger.models.map((entry) => toStored(ledger, entry)).reverse();
  }

  async get(reference: string): Promise<FoundModel> {
    const { ledger } = await this.#place.read();
    const entry = findEntry(ledger, reference);
    const { model, bytes } = await this.#read(entry);
    return { stored: toStored(ledger, entry), model, bytes };
  }

  async put(given: ModelToStore): Promise<StoredModel> {
    const { name, lineage, figures } = given;
    checkStoredName(name);
    const model = await whatDecidingNeeds(given.model);
    const { id, bytes } = encodeModelFile({ name, lineage, figures, model });
    const { maxBytes } = this.#caps;
    if (bytes.byteLength > maxBytes) {
      throw new FarmhandError(
        'BODY_TOO_LARGE',
        `model ${name}: ${bytes.byteLength} bytes; expected at most ${maxBytes}`,
      );
    }
    const entry = { id, name, agent: model.agent, bytes: bytes.byteLength, figures, lineage };
    return this.#change((ledger) => addModel(ledger, { ...entry, createdAt: this.#clock.farmTime() }, this.#caps), {
      id,
      bytes,
    });
  }

  async promote(reference: string): Promise<StoredModel> {
    const { stored } = await this.get(reference);
    return this.#change((ledger) => promoteModel(ledger, stored.id, this.#clock.farmTime()));
  }

  async rollback(name: string): Promise<StoredModel> {
    return this.#change((ledger) => rollBack(ledger, name, this.#clock.farmTime()));
  }

  async history(name: string): Promise<readonly Promotion[]> {
    return historyOf((await this.#place.read()).ledger, name);
  }

  async #read(entry: Entry): Promise<{ model: SavedModel; bytes: Uint8Array }> {
    const called = `model ${entry.name}@${entry.version} in ${this.#place.where}, ${entry.id}`;
    const bytes = await this.#place.file(entry.id);
    if (bytes === null) throw new FarmhandError('MODEL_INVALID', `${called}: its file is gone`);
    try {
      const { id, model } = decodeModelFile(bytes);
      if (id === entry.id) return { model, bytes };
      throw new FarmhandError('MODEL_INVALID', `the file is another model's: ${id}`);
    } catch (thrown) {
      if (!(thrown instanceof FarmhandError)) throw thrown;
      throw new FarmhandError(thrown.code, `${called}: ${thrown.message}`, { cause: thrown });
    }
  }

  async #change(
    change: (ledger: Ledger) => Change,
    file: { readonly id: string; readonly bytes: Uint8Array } | null = null,
  ): Promise<StoredModel> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const { ledger, revision } = await this.#place.read();
      const next = change(ledger);
      const done = await this.#place.commit({ revision, ledger: next.ledger, file, pruned: next.pruned });
      if (done) return toStored(next.ledger, next.entry);
    }
    throw new FarmhandError('CONFLICT', `${this.#place.where}: too many changes at once; try again`);
  }
}

/** Loads the learner, which judges arrays and settings as nobody else can, and leaves out what only training needs. */
async function whatDecidingNeeds(model: SavedModel): Promise<SavedModel> {
  // Loaded with the first model: rules must not wait for networks.
  const { loadLearner } = await import('../learn/agents.ts');
  const { freeLearner } = await import('../learn/free-learner.ts');
  const learner = await loadLearner(model, { rng: new Sfc32(0) });
  const kept = learner.save({ resumable: false });
  freeLearner(learner);
  return kept;
}
