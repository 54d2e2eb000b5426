import type { SavedModel } from '../learn/saved-model.ts';
import type { Lineage, ModelFigures } from './lineage.ts';

/** One version of one name, without its numbers. */
export interface StoredModel {
  /** `sha256-…` of its file: the same content under the same name always has the same id. */
  readonly id: string;
  /** a-z 0-9 . - ; never the name of a rule. */
  readonly name: string;
  /** From 1 within its name; never given twice, whatever was pruned. */
  readonly version: number;
  /** sarsa, dqn, cem. */
  readonly agent: string;
  /** When the store took it: farm time, ms since 1970. Null: no store has; it ships, and models do not say when they were made. */
  readonly createdAt: number | null;
  /** Of its file. */
  readonly bytes: number;
  readonly figures: ModelFigures;
  readonly lineage: Lineage;
  /** The name stands for this version. */
  readonly promoted: boolean;
}

/** A model to be kept. Its `progress` is left out: what is stored is there to decide, or to be trained on anew. */
export interface ModelToStore {
  readonly name: string;
  readonly model: SavedModel;
  readonly lineage: Lineage;
  readonly figures: ModelFigures;
}

/** A model with its numbers. */
export interface FoundModel {
  readonly stored: StoredModel;
  readonly model: SavedModel;
  /** Its file (model-file.ts), to be downloaded as it is. JSON. */
  readonly bytes: Uint8Array;
}

/** A change of what a name stands for. */
export interface Promotion {
  readonly id: string;
  readonly version: number;
  /** Farm time, ms since 1970. */
  readonly at: number;
  readonly by: 'promote' | 'rollback';
}

/**
 * Trained models by content. A model's id is the hash of its file and is checked whenever it is read. A name has versions
 * (`sarsa@1`, `sarsa@2`); the name alone stands for the promoted one. Versions that are neither promoted nor to be rolled
 * back to go, the oldest first, when a cap is reached (caps.ts). Each change happens whole or not at all.
 *
 * A reference is an id, `name@version`, or a name.
 *
 *     put ─▶ stored ─promote─▶ promoted ─(another is promoted)─▶ to roll back to ─rollback─▶ promoted
 *
 * Implementations: redis-models.ts (a farm's), folder-models.ts (a folder's); both pass test/contract/model-store.ts.
 */
export interface ModelStore {
  /** Newest first. */
  list(): Promise<readonly StoredModel[]>;
  /** @throws NOT_FOUND with the versions that there are; MODEL_INVALID where it is damaged, saying which and where */
  get(reference: string): Promise<FoundModel>;
  /**
   * Keeps the model as the next version of its name; one that is there already stays the version that it is.
   * @throws MODEL_INVALID for a name that is no model's or a model that cannot be read back; BODY_TOO_LARGE over the cap;
   * CONFLICT where every version is promoted or to be rolled back to, and none may go
   */
  put(model: ModelToStore): Promise<StoredModel>;
  /** From now on its name stands for it. Idempotent. @throws NOT_FOUND; MODEL_INVALID: a damaged one is not promoted */
  promote(reference: string): Promise<StoredModel>;
  /** The name stands for what it stood for before. @throws NOT_FOUND; CONFLICT where there is no earlier one */
  rollback(name: string): Promise<StoredModel>;
  /** Promotions and rollbacks of the name, newest first; the last hundred. @throws NOT_FOUND */
  history(name: string): Promise<readonly Promotion[]>;
}
