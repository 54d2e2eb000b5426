import type { FarmConfig } from '#shared/config-schema.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Sfc32 } from '#shared/rng.ts';
import { observationSpace, type Seen } from '../../observation.ts';
import type { ActionSet } from '../../policy/action-set.ts';
import { withinBounds, type PolicyDecision } from '../../policy/policy.ts';
import type { Learner, Transition } from '../learner.ts';
import type { SavedModel } from '../saved-model.ts';
import { feedbacks } from './feedback.ts';
import type { CemProgress } from './progress.ts';
import { drawPopulation, nextSpread, type Spread } from './search.ts';
import { SmoothedRate } from './smoothed-rate.ts';
import { heightAt } from './staffing-curve.ts';

export type CemSettings = FarmConfig['agents']['cem'];

export interface CemOptions {
  readonly settings: CemSettings;
  readonly actions: ActionSet;
  /** Draws the candidates. */
  readonly rng: Sfc32;
  /** What it has learnt before; nothing: the curve is level and what the settings begin with. */
  readonly mean?: Float64Array | undefined;
  /** Where it goes on; nothing: before the first generation. */
  readonly search?: CemSearch | undefined;
}

/** A search in the middle of a generation, between two episodes. */
export interface CemSearch {
  readonly sd: Float64Array;
  /** population × parameters. */
  readonly population: Float64Array;
  /** Mean reward of an episode, by candidate; 0 for those to come. */
  readonly returns: Float64Array;
  readonly progress: Omit<CemProgress, 'rng'>;
}

/**
 * Policy search by the cross-entropy method (Rubinstein 1999; Mannor, Rubinstein & Gat, ICML 2003; Szita & Lőrincz 2006) over a
 * staffing curve with feedback:
 *
 *     workers = curve(x) + Σ gain · feedback        x: tasks emitted so far, or the arrival rate
 *
 * The curve's heights and the gains are the parameters. `act` plays the candidate whose turn it is, `decide` the mean of the
 * distribution that candidates are drawn from. docs/algorithms/cem.md has a worked example and numbers the deviations.
 */
export class Cem implements Learner {
  readonly name = 'cem';
  readonly usesClock: boolean;
  readonly settings: CemSettings;
  readonly #actions: ActionSet;
  readonly #rng: Sfc32;
  readonly #initialSd: Float64Array;
  /** Of the episode that learns, and of the one that is decided: they do not mix. */
  readonly #actRate: SmoothedRate;
  readonly #decideRate: SmoothedRate;
  #spread: Spread;
  #population: Float64Array;
  #returns: Float64Array;
  #generation: number;
  #candidate: number;
  #played: number;
  /** Rewards of the candidate's episodes that are over, and of the one in play. */
  #sum: number;
  #episodeSum = 0;
  #isOver = false;
  #episodes: number;
  #steps: number;

  constructor({ settings, actions, rng, mean, search }: CemOptions) {
    this.settings = settings;
    this.usesClock = settings.over === 'emitted';
    this.#actions = actions;
    this.#rng = rng;
    this.#initialSd = initialSd(settings);
    this.#actRate = new SmoothedRate(settings.rateAverageS);
    this.#decideRate = new SmoothedRate(settings.rateAverageS);
    this.#spread = { mean: mean ?? initialMean(settings), sd: search?.sd ?? this.#initialSd };
    this.#population = search?.population ?? drawPopulation(this.#spread, settings.population, rng);
    this.#returns = search?.returns ?? new Float64Array(settings.population);
    const progress = search?.progress;
    this.#generation = progress?.generation ?? 0;
    this.#candidate = progress?.candidate ?? 0;
    this.#played = progress?.played ?? 0;
    this.#sum = progress?.sum ?? 0;
    this.#episodes = progress?.episodes ?? 0;
    this.#steps = progress?.steps ?? 0;
  }

  /** Share of the spread that is left: the mean, over the parameters, of deviation now by deviation at first. */
  get exploration(): number {
    const shares = this.#spread.sd.map((sd, parameter) => sd / (this.#initialSd[parameter] ?? 1));
    return Math.min(1, shares.reduce((sum, share) => sum + share, 0) / shares.length);
  }

  /** All candidates of a generation meet the same episodes: what differs in their returns is then theirs. */
  get seedIndex(): number {
    return this.#generation * this.settings.episodesPerCandidate + this.#played;
  }

  decide(seen: Seen): PolicyDecision {
    const workers = seen.observation[4];
    const x = this.#position(seen, this.#decideRate);
    const { mean } = this.#spread;
    const target = this.#target(x, seen, mean);
    if (!Number.isFinite(target)) {
      return { kind: 'hold', because: `${notANumber(seen) ?? this.settings.over} is not a number` };
    }
    const replicas = this.#replicas(target);
    const because = this.#describe(x, seen, mean);
    return replicas === workers ? { kind: 'hold', because } : { kind: 'scale', replicas, because };
  }

  act(seen: Seen, mask: readonly boolean[]): number {
    const workers = seen.observation[4];
    const size = this.#spread.mean.length;
    const parameters = this.#population.subarray(this.#candidate * size, (this.#candidate + 1) * size);
    const target = this.#target(this.#position(seen, this.#actRate), seen, parameters);
    if (!Number.isFinite(target)) this.#diverged(`the observation's ${notANumber(seen) ?? this.settings.over}`, target);
    const action = this.#actions.actionFor(this.#replicas(target), workers);
    // A pool beyond the bounds cannot always go towards them; holding is always allowed.
    return mask[action] === true ? action : this.#actions.actionFor(workers, workers);
  }

  learn({ reward, next, terminated, truncated }: Transition): null {
    this.#steps += 1;
    if (!Number.isFinite(reward)) this.#diverged('the reward', reward);
    const missing = notANumber(next);
    if (missing !== null) this.#diverged(`the observation's ${missing}`, Number.NaN);
    this.#episodeSum += reward;
    this.#isOver = terminated || truncated;
    return null;
  }

  /** An episode that broke off says nothing about its candidate, and is played again. */
  endEpisode(): void {
    const { settings } = this;
    const isOver = this.#isOver;
    const episodeSum = this.#episodeSum;
    this.#isOver = false;
    this.#episodeSum = 0;
    this.#actRate.clear();
    if (!isOver) return;
    this.#episodes += 1;
    this.#sum += episodeSum;
    this.#played += 1;
    if (this.#played < settings.episodesPerCandidate) return;
    this.#returns[this.#candidate] = this.#sum / this.#played;
    this.#sum = 0;
    this.#played = 0;
    this.#candidate += 1;
    if (this.#candidate < settings.population) return;
    this.#spread = nextSpread(this.#spread, { population: this.#population, returns: this.#returns }, settings);
    this.#population = drawPopulation(this.#spread, settings.population, this.#rng);
    this.#returns.fill(0);
    this.#candidate = 0;
    this.#generation += 1;
  }

  /** An episode under way is not saved: a continuation begins with one. */
  save({ resumable }: { resumable: boolean }): SavedModel {
    const { minWorkers, maxWorkers } = this.#actions.bounds;
    const { mean, sd } = this.#spread;
    const rng = this.#rng.save();
    const progress: CemProgress = {
      generation: this.#generation,
      candidate: this.#candidate,
      played: this.#played,
      sum: this.#sum,
      episodes: this.#episodes,
      steps: this.#steps,
      rng: { lineage: rng.lineage, state: [...rng.state] },
    };
    const size = mean.length;
    const search = {
      sd: { shape: [size], data: sd.slice() },
      population: { shape: [this.settings.population, size], data: this.#population.slice() },
      returns: { shape: [this.settings.population], data: this.#returns.slice() },
    };
    return {
      agent: this.name,
      observationSize: observationSpace.length,
      actions: { name: this.#actions.name, minWorkers, maxWorkers },
      settings: this.settings,
      progress: resumable ? progress : null,
      arrays: { mean: { shape: [size], data: mean.slice() }, ...(resumable ? search : {}) },
    };
  }

  /** Where on the curve the farm is. */
  #position(seen: Seen, rate: SmoothedRate): number {
    return this.settings.over === 'emitted' ? seen.info.emitted : rate.next(seen);
  }

  /** Workers, not rounded and not within bounds; NaN where a number is missing. */
  #target(x: number, seen: Seen, parameters: Float64Array): number {
    const { knots } = this.settings;
    let target = Number.isFinite(x) ? heightAt(x, knots, parameters) : Number.NaN;
    for (const [i, { read }] of feedbacks.entries()) target += (parameters[knots.length + i] ?? 0) * read(seen);
    return target;
  }

  #replicas(target: number): number {
    return withinBounds(Math.round(target), this.#actions.bounds);
  }

  /** "curve 14.2 at emitted 180.0, waiting +0.5, late +0.0, …" */
  #describe(x: number, seen: Seen, parameters: Float64Array): string {
    const { knots, over } = this.settings;
    const corrections = feedbacks.map(({ name, read }, i) => {
      const workers = (parameters[knots.length + i] ?? 0) * read(seen);
      return `${name} ${workers < 0 ? '−' : '+'}${Math.abs(workers).toFixed(1)}`;
    });
    return [`curve ${heightAt(x, knots, parameters).toFixed(1)} at ${over} ${x.toFixed(1)}`, ...corrections].join(', ');
  }

  #diverged(term: string, value: number): never {
    throw new FarmhandError(
      'TRAINING_DIVERGED',
      `cem, step ${this.#steps} of training (episode ${this.#episodes + 1}): ${term} is ${value}; expected a finite number`,
    );
  }
}

/** Parameters: the curve's heights by knot, then the gains. */
export function parametersOf({ knots }: Pick<CemSettings, 'knots'>): number {
  return knots.length + feedbacks.length;
}

function initialMean({ knots, initialWorkers }: CemSettings): Float64Array {
  return Float64Array.of(...knots.map(() => initialWorkers), ...feedbacks.map(({ initialGain }) => initialGain));
}

function initialSd({ knots, initialSd: heightSd, gainSd }: CemSettings): Float64Array {
  return Float64Array.of(...knots.map(() => heightSd), ...feedbacks.map(() => gainSd));
}

/** The first of the nine numbers that is none. */
function notANumber({ observation }: Seen): string | null {
  const at = observation.findIndex((value) => !Number.isFinite(value));
  return at === -1 ? null : (observationSpace[at]?.name ?? null);
}
