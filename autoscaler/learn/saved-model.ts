import type { ActionSetName } from '../policy/action-set.ts';

/** Version of the format that this code writes, and the only one that it reads. */
export const MODEL_VERSION = 1;

export type ModelArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** What a learner has learnt, as data: JSON and named arrays, never code. `checkpoint.ts` turns it into bytes and back. */
export interface SavedModel {
  /** The learner's kind: sarsa, dqn, … */
  readonly agent: string;
  /** Numbers in an observation; a model of another size is refused. */
  readonly observationSize: number;
  readonly actions: { readonly name: ActionSetName; readonly minWorkers: number; readonly maxWorkers: number };
  /** The learner's own settings, complete. Plain JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What else a continuation needs (exploration, counters, generator); null where the model was not saved to go on. */
  readonly progress: Readonly<Record<string, unknown>> | null;
  readonly arrays: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: ModelArray }>>;
}
