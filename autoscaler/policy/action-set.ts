import { withinBounds } from './policy.ts';

export const actionSetNames = ['one', 'steps', 'target'] as const;

export type ActionSetName = (typeof actionSetNames)[number];

export interface WorkerBounds {
  readonly minWorkers: number;
  readonly maxWorkers: number;
}

/** What may be done in one step, as Gymnasium's Discrete(n): actions are 0 … size − 1, in order of ever more workers. */
export interface ActionSet {
  readonly name: ActionSetName;
  readonly size: number;
  readonly bounds: WorkerBounds;
  /** Replicas in all after `action`, within the bounds. */
  replicasOf(action: number, workers: number): number;
  /** The allowed action that comes nearest to `replicas`; of two as near, the one that changes less. */
  actionFor(replicas: number, workers: number): number;
  /** Which actions mean something at `workers`: those that the bounds would cut are false. Never all false. */
  mask(workers: number): readonly boolean[];
}

/** Workers that the action set `steps` may add or remove at once. */
const STEPS = [-4, -2, -1, 0, 1, 2, 4] as const;
/** The reference's three actions: one worker fewer, as many, one more. */
const ONE = [-1, 0, 1] as const;

/** `one`: −1, 0, +1 (the reference's); `steps`: −4, −2, −1, 0, +1, +2, +4; `target`: any number of workers. */
export function actionSet(name: ActionSetName, bounds: WorkerBounds): ActionSet {
  switch (name) {
    case 'one':
      return new DeltaActions(name, ONE, bounds);
    case 'steps':
      return new DeltaActions(name, STEPS, bounds);
    case 'target':
      return new TargetActions(bounds);
  }
}

class DeltaActions implements ActionSet {
  readonly name: ActionSetName;
  readonly size: number;
  readonly #deltas: readonly number[];
  readonly bounds: WorkerBounds;

  constructor(name: ActionSetName, deltas: readonly number[], bounds: WorkerBounds) {
    this.name = name;
    this.size = deltas.length;
    this.#deltas = deltas;
    this.bounds = bounds;
  }

  replicasOf(action: number, workers: number): number {
    return withinBounds(workers + (this.#deltas[action] ?? 0), this.bounds);
  }

  actionFor(replicas: number, workers: number): number {
    const wanted = replicas - workers;
    let best = 0;
    for (const [action, delta] of this.#deltas.entries()) {
      const nearer = Math.abs(delta - wanted) - Math.abs((this.#deltas[best] ?? 0) - wanted);
      if (nearer < 0 || (nearer === 0 && Math.abs(delta) < Math.abs(this.#deltas[best] ?? 0))) best = action;
    }
    return best;
  }

  mask(workers: number): readonly boolean[] {
    const { minWorkers, maxWorkers } = this.bounds;
    return this.#deltas.map((delta) => delta === 0 || (workers + delta >= minWorkers && workers + delta <= maxWorkers));
  }
}

/** Action a asks for minWorkers + a workers. */
class TargetActions implements ActionSet {
  readonly name = 'target';
  readonly size: number;
  readonly bounds: WorkerBounds;
  readonly #mask: readonly boolean[];

  constructor(bounds: WorkerBounds) {
    this.size = bounds.maxWorkers - bounds.minWorkers + 1;
    this.bounds = bounds;
    this.#mask = Array.from({ length: this.size }, () => true);
  }

  replicasOf(action: number): number {
    return withinBounds(this.bounds.minWorkers + action, this.bounds);
  }

  actionFor(replicas: number): number {
    return withinBounds(replicas, this.bounds) - this.bounds.minWorkers;
  }

  mask(): readonly boolean[] {
    return this.#mask;
  }
}
