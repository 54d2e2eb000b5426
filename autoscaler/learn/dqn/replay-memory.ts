import type { Rng } from '#shared/rng.ts';
import { takeArray } from '../model-array.ts';
import type { SavedModel } from '../saved-model.ts';
import type { Experience } from './n-step.ts';

type NamedArrays = SavedModel['arrays'];

/** A sample of the memory, row by row. Reused from one sample to the next. */
export interface ReplayBatch {
  readonly rows: number;
  /** rows × features. */
  readonly states: Float32Array;
  readonly actions: Int32Array;
  readonly rewards: Float32Array;
  readonly nexts: Float32Array;
  readonly discounts: Float32Array;
  /** rows × actions: 1 where the action is allowed at the next state. */
  readonly nextMasks: Uint8Array;
}

/**
 * The last `capacity` experiences, in a ring of typed arrays. Features are kept as they were seen, before any normalisation.
 * Source: Lin 1992; Mnih et al. 2015: sampled uniformly, with replacement.
 */
export class ReplayMemory {
  readonly #capacity: number;
  readonly #features: number;
  readonly #actions: number;
  readonly #ring: ReplayBatch;
  #size = 0;
  /** Where the next one goes. */
  #at = 0;

  constructor({ capacity, features, actions }: { capacity: number; features: number; actions: number }) {
    this.#capacity = capacity;
    this.#features = features;
    this.#actions = actions;
    this.#ring = replayRows({ rows: capacity, features, actions });
  }

  get size(): number {
    return this.#size;
  }

  add({ state, action, reward, next, nextMask, discount }: Experience): void {
    const { states, actions, rewards, nexts, discounts, nextMasks } = this.#ring;
    const at = this.#at;
    states.set(state, at * this.#features);
    actions[at] = action;
    rewards[at] = reward;
    nexts.set(next, at * this.#features);
    discounts[at] = discount;
    for (const [i, allowed] of nextMask.entries()) nextMasks[at * this.#actions + i] = allowed ? 1 : 0;
    this.#at = (at + 1) % this.#capacity;
    this.#size = Math.min(this.#size + 1, this.#capacity);
  }

  /** Fills `batch`. The memory must not be empty. */
  sample(rng: Rng, batch: ReplayBatch): void {
    const ring = this.#ring;
    const features = this.#features;
    const actions = this.#actions;
    for (let row = 0; row < batch.rows; row += 1) {
      const from = rng.int(this.#size);
      copy(ring.states, batch.states, { from, row, width: features });
      copy(ring.nexts, batch.nexts, { from, row, width: features });
      copy(ring.nextMasks, batch.nextMasks, { from, row, width: actions });
      batch.actions[row] = ring.actions[from] ?? 0;
      batch.rewards[row] = ring.rewards[from] ?? 0;
      batch.discounts[row] = ring.discounts[from] ?? 0;
    }
  }

  /** What is in it, without the empty places. */
  save(): NamedArrays {
    const ring = this.#ring;
    const rows = this.#size;
    const features = [rows, this.#features];
    const actions = [rows, this.#actions];
    return {
      at: { shape: [1], data: Int32Array.of(this.#at) },
      states: { shape: features, data: ring.states.slice(0, rows * this.#features) },
      actions: { shape: [rows], data: ring.actions.slice(0, rows) },
      rewards: { shape: [rows], data: ring.rewards.slice(0, rows) },
      nexts: { shape: features, data: ring.nexts.slice(0, rows * this.#features) },
      discounts: { shape: [rows], data: ring.discounts.slice(0, rows) },
      nextMasks: { shape: actions, data: ring.nextMasks.slice(0, rows * this.#actions) },
    };
  }

  /** @throws MODEL_INVALID that names the array, or says that there are more experiences than places. */
  load(arrays: NamedArrays): void {
    const model = { agent: 'dqn', arrays };
    const ring = this.#ring;
    const [at = 0] = takeArray(model, 'at', { kind: 'int32', shape: [1] });
    const rows = Math.min(arrays['actions']?.shape[0] ?? 0, this.#capacity);
    const features = [rows, this.#features];
    const states = takeArray(model, 'states', { kind: 'float32', shape: features });
    const nexts = takeArray(model, 'nexts', { kind: 'float32', shape: features });
    const actions = takeArray(model, 'actions', { kind: 'int32', shape: [rows] });
    const rewards = takeArray(model, 'rewards', { kind: 'float32', shape: [rows] });
    const discounts = takeArray(model, 'discounts', { kind: 'float32', shape: [rows] });
    const nextMasks = takeArray(model, 'nextMasks', { kind: 'uint8', shape: [rows, this.#actions] });
    ring.states.set(states);
    ring.nexts.set(nexts);
    ring.actions.set(actions);
    ring.rewards.set(rewards);
    ring.discounts.set(discounts);
    ring.nextMasks.set(nextMasks);
    this.#size = rows;
    this.#at = rows < this.#capacity ? rows : at % this.#capacity;
  }
}

/** Room for so many experiences. */
export function replayRows({
  rows,
  features,
  actions,
}: {
  rows: number;
  features: number;
  actions: number;
}): ReplayBatch {
  return {
    rows,
    states: new Float32Array(rows * features),
    actions: new Int32Array(rows),
    rewards: new Float32Array(rows),
    nexts: new Float32Array(rows * features),
    discounts: new Float32Array(rows),
    nextMasks: new Uint8Array(rows * actions),
  };
}

function copy(
  source: Float32Array | Uint8Array,
  target: Float32Array | Uint8Array,
  { from, row, width }: { from: number; row: number; width: number },
): void {
  for (let i = 0; i < width; i += 1) target[row * width + i] = source[from * width + i] ?? 0;
}
