import type { FarmConfig } from '#shared/config-schema.ts';
import type { Sfc32 } from '#shared/rng.ts';
import { observationSpace, type Seen } from '../../observation.ts';
import type { ActionSet, WorkerBounds } from '../../policy/action-set.ts';
import type { PolicyDecision } from '../../policy/policy.ts';
import type { BackendRecord, Learner, LearnReport, Transition } from '../learner.ts';
import { below, withPrefix } from '../network/named-arrays.ts';
import type { Follower, Network } from '../network/network.ts';
import type { SavedModel } from '../saved-model.ts';
import { describeValues, rankValues } from './describe-values.ts';
import { diverged } from './diverged.ts';
import { featuresOf, type Feature } from './features.ts';
import { NStepReturns } from './n-step.ts';
import { normaliserOf, type Normaliser } from './normaliser.ts';
import type { DqnProgress } from './progress.ts';
import { ReplayMemory, replayRows, type ReplayBatch } from './replay-memory.ts';
import { bestAllowed, temporalDifferenceTargets } from './targets.ts';

export type DqnSettings = FarmConfig['agents']['dqn'];

export interface DqnOptions {
  readonly settings: DqnSettings;
  readonly actions: ActionSet;
  readonly bounds: WorkerBounds;
  /** Shaped by `networkShape`, with room for a batch. */
  readonly network: Network;
  readonly backend: BackendRecord;
  /** Chance of an exploring action, and which one; which experiences are learnt from. */
  readonly chance: { readonly explore: Sfc32; readonly replay: Sfc32 };
  /** Where it goes on; nothing: before the first episode. */
  readonly progress?: DqnProgress | undefined;
}

/**
 * Deep Q-network (Mnih et al., "Human-level control through deep reinforcement learning", Nature 2015) with the Double-DQN target
 * (van Hasselt et al. 2016), n-step returns, an action mask, Huber loss, Adam and a target network that moves by Polyak averaging
 * or is copied. docs/algorithms/dqn.md has the formulas and numbers the deviations from the reference.
 */
export class Dqn implements Learner {
  readonly name = 'dqn';
  readonly usesClock: boolean;
  readonly settings: DqnSettings;
  readonly backend: BackendRecord;
  readonly #actions: ActionSet;
  readonly #bounds: WorkerBounds;
  readonly #features: readonly Feature[];
  readonly #normaliser: Normaliser;
  readonly #online: Network;
  readonly #target: Follower;
  readonly #returns: NStepReturns;
  readonly #memory: ReplayMemory;
  readonly #batch: ReplayBatch;
  readonly #targets: Float32Array;
  readonly #row: Float32Array;
  readonly #explore: Sfc32;
  readonly #replay: Sfc32;
  #episodes: number;
  #steps: number;
  #updates: number;
  #epsilon: number;
  #learningRate: number;

  constructor({ settings, actions, bounds, network, backend, chance, progress }: DqnOptions) {
    this.settings = settings;
    this.backend = backend;
    this.#actions = actions;
    this.#bounds = { minWorkers: bounds.minWorkers, maxWorkers: bounds.maxWorkers };
    this.#features = featuresOf(settings.features, bounds);
    this.usesClock = this.#features.some(({ clock }) => clock);
    this.#normaliser = normaliserOf(settings.normalise, this.#features);
    this.#online = network;
    this.#target = network.follower();
    this.#returns = new NStepReturns({ n: settings.nStep, gamma: settings.gamma });
    const sizes = { features: this.#features.length, actions: actions.size };
    this.#memory = new ReplayMemory({ capacity: settings.replayCapacity, ...sizes });
    this.#batch = replayRows({ rows: settings.batchSize, ...sizes });
    this.#targets = new Float32Array(settings.batchSize);
    this.#row = new Float32Array(this.#features.length);
    this.#explore = chance.explore;
    this.#replay = chance.replay;
    this.#episodes = progress?.episodes ?? 0;
    this.#steps = progress?.steps ?? 0;
    this.#updates = progress?.updates ?? 0;
    this.#epsilon = progress?.epsilon ?? settings.epsilonStart;
    this.#learningRate = progress?.learningRate ?? settings.learningRate;
  }

  get exploration(): number {
    return this.#epsilon;
  }

  /** Updates of the network so far. */
  get updates(): number {
    return this.#updates;
  }

  decide(seen: Seen): PolicyDecision {
    const workers = seen.observation[4];
    const missing = this.#readFeatures(seen, this.#row);
    if (missing !== null) return { kind: 'hold', because: `${missing.name} is ${missing.read(seen)}, no number` };
    const values = this.#values();
    const mask = this.#actions.mask(workers);
    const replicas = this.#actions.replicasOf(
      bestAllowed(values, (action) => mask[action] === true),
      workers,
    );
    const ranked = rankValues(values, { actions: this.#actions, mask, workers });
    const because = describeValues(ranked);
    return replicas === workers
      ? { kind: 'hold', because, values: ranked }
      : { kind: 'scale', replicas, because, values: ranked };
  }

  /** ε-greedy over the allowed actions. */
  act(seen: Seen, mask: readonly boolean[]): number {
    if (this.#explore.float() < this.#epsilon) {
      let left = this.#explore.int(mask.reduce((count, allowed) => (allowed ? count + 1 : count), 0));
      return mask.findIndex((allowed) => allowed && left-- === 0);
    }
    this.#readFinite(seen, this.#row);
    return bestAllowed(this.#values(), (action) => mask[action] === true);
  }

  learn({ seen, next, reward, ...transition }: Transition): LearnReport | null {
    this.#steps += 1;
    const { settings } = this;
    if (!Number.isFinite(reward)) this.#diverged('the reward', reward);
    const clip = settings.rewardClip ?? Infinity;
    const clipped = Math.max(-clip, Math.min(clip, reward)) * settings.rewardScale;
    const state = this.#readFinite(seen, new Float32Array(this.#features.length));
    const nextState = this.#readFinite(next, new Float32Array(this.#features.length));
    this.#normaliser.update(state);
    for (const experience of this.#returns.push({ ...transition, state, next: nextState, reward: clipped })) {
      this.#memory.add(experience);
    }
    const ready = this.#steps >= settings.warmupSteps && this.#memory.size >= settings.batchSize;
    if (!ready || this.#steps % settings.trainEvery !== 0) return null;
    let loss = 0;
    for (let update = 0; update < settings.updatesPerStep; update += 1)
      loss += this.#update() / settings.updatesPerStep;
    return { loss };
  }

  endEpisode(): void {
    this.#returns.clear();
    this.#episodes += 1;
    this.#epsilon = Math.max(this.settings.epsilonEnd, this.#epsilon * this.settings.epsilonDecay);
    this.#learningRate *= this.settings.learningRateDecay;
  }

  /** The steps of an episode under way are not saved: a continuation begins with an episode. */
  save({ resumable }: { resumable: boolean }): SavedModel {
    const explore = this.#explore.save();
    const replay = this.#replay.save();
    const progress: DqnProgress = {
      episodes: this.#episodes,
      steps: this.#steps,
      updates: this.#updates,
      epsilon: this.#epsilon,
      learningRate: this.#learningRate,
      rng: {
        explore: { lineage: explore.lineage, state: [...explore.state] },
        replay: { lineage: replay.lineage, state: [...replay.state] },
      },
    };
    return {
      agent: this.name,
      observationSize: observationSpace.length,
      actions: { name: this.#actions.name, ...this.#bounds },
      settings: this.settings,
      progress: resumable ? progress : null,
      arrays: {
        ...withPrefix(ONLINE, this.#online.save()),
        ...withPrefix(NORMALISER, this.#normaliser.save()),
        ...(resumable
          ? {
              ...withPrefix(TARGET, this.#target.save()),
              ...withPrefix(OPTIMISER, this.#online.saveOptimiser()),
              ...withPrefix(MEMORY, this.#memory.save()),
            }
          : {}),
      },
    };
  }

  /**
   * Takes back what `save` gave; the network has its weights already.
   * @throws MODEL_INVALID that names the array which is missing or has another shape.
   */
  restore({ arrays, progress }: Pick<SavedModel, 'arrays' | 'progress'>): void {
    this.#normaliser.load(below(NORMALISER, arrays));
    if (progress === null) return;
    this.#target.load(below(TARGET, arrays));
    this.#online.loadOptimiser(below(OPTIMISER, arrays));
    this.#memory.load(below(MEMORY, arrays));
  }

  /** Frees what a native backend holds; idempotent. */
  dispose(): void {
    this.#online.dispose();
  }

  /** One update on one sample; gives the loss. */
  #update(): number {
    const { settings } = this;
    const batch = this.#batch;
    this.#memory.sample(this.#replay, batch);
    this.#normaliser.apply(batch.states);
    this.#normaliser.apply(batch.nexts);
    const target = this.#target.predict(batch.nexts, batch.rows);
    const chooser = settings.doubleDqn ? this.#online.predict(batch.nexts, batch.rows) : target;
    temporalDifferenceTargets(batch, { chooser, target }, this.#targets);
    const notFinite = this.#targets.find((value) => !Number.isFinite(value));
    if (notFinite !== undefined) this.#diverged('a target value', notFinite);
    const { loss, gradNorm } = this.#online.train({
      rows: batch.rows,
      inputs: batch.states,
      chosen: batch.actions,
      targets: this.#targets,
      learningRate: this.#learningRate,
    });
    if (!Number.isFinite(loss)) this.#diverged('the loss', loss);
    if (!Number.isFinite(gradNorm)) this.#diverged("the gradient's norm", gradNorm);
    this.#updates += 1;
    if (this.#updates % settings.targetUpdate === 0) this.#target.follow(settings.targetTau);
    return loss;
  }

  /** Values of all actions at what `#row` holds. */
  #values(): Float32Array {
    this.#normaliser.apply(this.#row);
    return this.#online.predict(this.#row, 1);
  }

  /** Gives the feature that is not a finite number, if there is one. */
  #readFeatures(seen: Seen, into: Float32Array): Feature | null {
    let missing: Feature | null = null;
    for (const [i, feature] of this.#features.entries()) {
      into[i] = feature.read(seen);
      if (!Number.isFinite(into[i])) missing ??= feature;
    }
    return missing;
  }

  #readFinite(seen: Seen, into: Float32Array): Float32Array {
    const missing = this.#readFeatures(seen, into);
    if (missing !== null) this.#diverged(`the observation's ${missing.name}`, missing.read(seen));
    return into;
  }

  #diverged(term: string, value: number): never {
    throw diverged({ step: this.#steps, episode: this.#episodes + 1, update: this.#updates + 1, term, value });
  }
}

/** Where the arrays of a saved model belong, by the beginning of their names. */
export const ONLINE = 'online/';
const TARGET = 'target/';
const OPTIMISER = 'optimiser/';
const MEMORY = 'memory/';
const NORMALISER = 'normaliser/';
