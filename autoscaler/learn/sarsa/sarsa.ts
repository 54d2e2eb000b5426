import { FarmhandError } from '#shared/errors.ts';
import { Sfc32 } from '#shared/rng.ts';
import { observationSpace, type Seen } from '../../observation.ts';
import type { ActionSet } from '../../policy/action-set.ts';
import type { Candidate, PolicyDecision } from '../../policy/policy.ts';
import type { Learner, LearnReport, Transition } from '../learner.ts';
import type { SavedModel } from '../saved-model.ts';
import { Discretiser, NO_STATE } from './discretiser.ts';
import type { SarsaProgress, SarsaSettings } from './settings.ts';
import { Traces } from './traces.ts';
import { ValueTable } from './value-table.ts';

export interface SarsaOptions {
  readonly settings: SarsaSettings;
  readonly actions: ActionSet;
  readonly rng: Sfc32;
  /** What it has learnt before; nothing: a new table. */
  readonly table?: ValueTable | undefined;
  /** Where it goes on; nothing: at the first episode. */
  readonly progress?: Omit<SarsaProgress, 'rng'> | undefined;
}

/**
 * Tabular SARSA(λ) (Rummery & Niranjan 1994; Sutton & Barto, 2nd ed., §6.4 and §12.7) on a discretised observation:
 *
 *     δ = r + γ·Q(s′, a′) − Q(s, a)        e(s, a) += 1
 *     Q += α·δ·e                           e *= γ·λ
 *
 * a′ is drawn before Q changes, and is what `act` then answers. docs/algorithms/sarsa.md has a worked example and numbers
 * the deviations from the reference.
 */
export class Sarsa implements Learner {
  readonly name = 'sarsa';
  readonly usesClock: boolean;
  readonly settings: SarsaSettings;
  readonly #actions: ActionSet;
  readonly #rng: Sfc32;
  readonly #discretiser: Discretiser;
  readonly #table: ValueTable;
  readonly #traces: Traces;
  #episodes: number;
  #steps: number;
  #epsilon: number;
  /** a′ of the last update, to be taken next. */
  #pending: { readonly state: number; readonly action: number } | null = null;

  constructor({ settings, actions, rng, table, progress }: SarsaOptions) {
    const { initialValue, traces, traceThreshold } = settings;
    this.settings = settings;
    this.#actions = actions;
    this.#rng = rng;
    this.#discretiser = new Discretiser(settings.dimensions);
    this.usesClock = this.#discretiser.usesClock;
    this.#table = table ?? new ValueTable({ actions: actions.size, initialValue });
    this.#traces = new Traces(traces, traceThreshold);
    this.#episodes = progress?.episodes ?? 0;
    this.#steps = progress?.steps ?? 0;
    this.#epsilon = progress?.epsilon ?? settings.epsilon;
  }

  get exploration(): number {
    return this.#epsilon;
  }

  /** States met so far. */
  get states(): number {
    return this.#table.size;
  }

  decide(seen: Seen): PolicyDecision {
    const workers = seen.observation[4];
    const state = this.#discretiser.stateOf(seen);
    if (state === NO_STATE) {
      return { kind: 'hold', because: `${this.#discretiser.notANumber(seen) ?? 'the state'} is not a number` };
    }
    const mask = this.#actions.mask(workers);
    const cell = this.#table.find(state);
    const action = this.#bestTried(cell, { mask, workers });
    const replicas = this.#actions.replicasOf(action, workers);
    const values = this.#ranked(cell, { mask, workers });
    const because = `${describeValues(cell, values)} at ${this.#discretiser.describe(seen)}`;
    return replicas === workers ? { kind: 'hold', because, values } : { kind: 'scale', replicas, because, values };
  }

  act(seen: Seen, mask: readonly boolean[]): number {
    const state = this.#stateOf(seen);
    const pending = this.#pending;
    this.#pending = null;
    if (pending?.state === state && mask[pending.action] === true) return pending.action;
    return this.#explore(this.#table.row(state), { mask, workers: seen.observation[4] });
  }

  learn({ seen, action, reward, next, nextMask, terminated }: Transition): LearnReport {
    this.#steps += 1;
    const table = this.#table;
    const cell = table.row(this.#stateOf(seen)) + action;
    let future = 0;
    if (!terminated) {
      const state = this.#stateOf(next);
      const row = table.row(state);
      const nextAction = this.#explore(row, { mask: nextMask, workers: next.observation[4] });
      this.#pending = { state, action: nextAction };
      future = table.value(row + nextAction);
    }
    const value = table.value(cell);
    const delta = reward + this.settings.gamma * future - value;
    if (!Number.isFinite(delta)) this.#diverged({ reward, 'the value of the next action': future, 'the value': value });
    table.visit(cell);
    this.#traces.visit(cell);
    for (let i = 0; i < this.#traces.size; i += 1) {
      const traced = this.#traces.cell(i);
      const updated = table.value(traced) + this.#stepSize(traced) * delta * this.#traces.weight(i);
      if (!Number.isFinite(updated)) this.#diverged({ 'an updated value': updated });
      table.setValue(traced, updated);
    }
    this.#traces.decay(this.settings.gamma * this.settings.traceLambda);
    return { loss: delta * delta };
  }

  endEpisode(): void {
    this.#traces.clear();
    this.#pending = null;
    this.#episodes += 1;
    this.#epsilon = Math.max(this.settings.epsilonMin, this.#epsilon * this.settings.epsilonDecay);
  }

  /** Traces belong to an episode under way and are not saved: a continuation begins with an episode. */
  save({ resumable }: { resumable: boolean }): SavedModel {
    const { states, values, visits } = this.#table.save();
    const { minWorkers, maxWorkers } = this.#actions.bounds;
    const progress: SarsaProgress = {
      episodes: this.#episodes,
      steps: this.#steps,
      epsilon: this.#epsilon,
      rng: { lineage: this.#rng.save().lineage, state: [...this.#rng.save().state] },
    };
    return {
      agent: this.name,
      observationSize: observationSpace.length,
      actions: { name: this.#actions.name, minWorkers, maxWorkers },
      settings: this.settings,
      progress: resumable ? progress : null,
      arrays: {
        states: { shape: [states.length], data: states },
        values: { shape: [states.length, this.#actions.size], data: values },
        visits: { shape: [states.length, this.#actions.size], data: visits },
      },
    };
  }

  /** ε-greedy over the allowed actions. */
  #explore(row: number, at: Place): number {
    if (this.#rng.float() >= this.#epsilon) return this.#best(row, at);
    let left = this.#rng.int(at.mask.reduce((count, allowed) => (allowed ? count + 1 : count), 0));
    return at.mask.findIndex((allowed) => allowed && left-- === 0);
  }

  /** The allowed action of the highest value; ties by the settings. */
  #best(row: number, at: Place): number {
    return this.#largest(at, (action) => this.#table.value(row + action));
  }

  /**
   * The same among the actions that were tried here: the initial value of the others is no experience. Where none was,
   * all tie.
   */
  #bestTried(row: number | null, at: Place): number {
    const tried = row !== null && at.mask.some((allowed, action) => allowed && this.#table.visits(row + action) > 0);
    if (!tried) return this.#largest(at, () => 0);
    return this.#largest(at, (action) =>
      this.#table.visits(row + action) > 0 ? this.#table.value(row + action) : -Infinity,
    );
  }

  #largest({ mask, workers }: Place, valueOf: (action: number) => number): number {
    const hold = this.settings.ties === 'hold' ? this.#actions.actionFor(workers, workers) : mask.length;
    let best = -1;
    let bestValue = -Infinity;
    for (let action = 0; action < mask.length; action += 1) {
      if (mask[action] !== true) continue;
      const value = valueOf(action);
      // Later actions have more workers: of two that are as near to holding, the larger pool is the safer one.
      const tie = value === bestValue && Math.abs(action - hold) <= Math.abs(best - hold);
      if (best === -1 || value > bestValue || tie) {
        best = action;
        bestValue = value;
      }
    }
    return best;
  }

  /** Constant α; or the average of what was seen so far, until that would move less than α does. */
  #stepSize(cell: number): number {
    const { alpha, stepSize } = this.settings;
    return stepSize === 'constant' ? alpha : Math.max(alpha, 1 / this.#table.visits(cell));
  }

  #stateOf(seen: Seen): number {
    const state = this.#discretiser.stateOf(seen);
    if (state === NO_STATE) this.#diverged({ [this.#discretiser.notANumber(seen) ?? 'the state']: Number.NaN });
    return state;
  }

  #diverged(terms: Readonly<Record<string, number>>): never {
    const [name, value] = Object.entries(terms).find(([, term]) => !Number.isFinite(term)) ?? ['the error', Infinity];
    throw new FarmhandError(
      'TRAINING_DIVERGED',
      `sarsa, step ${this.#steps} of training (episode ${this.#episodes + 1}): ${name} is ${value}; ` +
        'expected a finite number',
    );
  }

  /** The allowed actions that were tried here as numbers of workers with their values, best first. */
  #ranked(row: number | null, { mask, workers }: Place): readonly Candidate[] {
    const candidates: Candidate[] = [];
    if (row === null) return candidates;
    for (const [action, allowed] of mask.entries()) {
      if (!allowed || this.#table.visits(row + action) === 0) continue;
      candidates.push({
        replicas: this.#actions.replicasOf(action, workers),
        value: this.#table.value(row + action),
      });
    }
    return candidates.sort((a, b) => b.value - a.value);
  }
}

/** Values in a decision's reason. */
const SHOWN = 3;

/** Where an action is chosen. */
interface Place {
  readonly mask: readonly boolean[];
  readonly workers: number;
}

/** "values 12 workers 5.40, 11 workers 4.21": no more than three. `row`: null for a state that was never met. */
function describeValues(row: number | null, values: readonly Candidate[]): string {
  if (row === null) return 'a state that training never met';
  if (values.length === 0) return 'a state without a tried action';
  const shown = values.slice(0, SHOWN).map(({ replicas, value }) => `${replicas} workers ${value.toFixed(2)}`);
  return `values ${shown.join(', ')}`;
}
