import { coerceError } from '#shared/errors.ts';
import type { Rng } from '#shared/rng.ts';
import type { ActionSet } from '../../policy/action-set.ts';
import type { Policy, PolicyDecision } from '../../policy/policy.ts';
import { freeLearner } from '../free-learner.ts';
import type { Learner } from '../learner.ts';
import type { SavedModel } from '../saved-model.ts';
import { secondsBetween, stepBetween, type JudgeStep, type LiveLook } from './live-step.ts';

/** What was learnt so far, to be kept. */
export interface OnlineSnapshot {
  readonly model: SavedModel;
  /** Farm time of the first and last look that it was learnt from, ms since 1970, and how many steps that were. */
  readonly live: { readonly from: number; readonly to: number; readonly transitions: number };
}

export interface OnlineLearnerOptions {
  readonly name: string;
  /** Learns; loaded by `openOnlineLearner`, which bounds what it may do. */
  readonly learner: Learner;
  /** The model as it was: the least that is asked for, and all there is when learning has failed. */
  readonly frozen: Learner;
  readonly actions: ActionSet;
  readonly judge: JudgeStep;
  readonly stepDurationS: number;
  /** Chance of an exploring action; 0: greedy. */
  readonly epsilon: number;
  readonly rng: Rng;
  /** Whether the shield would let that many workers through at this look. Without it nothing is explored. */
  readonly admissible?: (look: LiveLook, replicas: number) => boolean;
  /** Learnt steps from one snapshot to the next. */
  readonly snapshotEvery: number;
  readonly onSnapshot: (snapshot: OnlineSnapshot) => void;
}

/** A look that comes later than so many steps after the last one is not what that action led to. */
const LONGEST_STEP = 2.5;

/** A step that waits for the action after it. */
interface OpenStep {
  readonly look: LiveLook;
  readonly action: number;
  readonly next: LiveLook;
}

/**
 * A policy that goes on learning on a farm at work. Each look closes the step before it, which is judged by the same reward as in
 * training, and is learnt from once the next action is known. It decides greedily on the values that it has by then.
 *
 * What it has learnt may add workers to what the model that it began with asks for, and take none away: values drift before they
 * settle, and late tasks cost more than workers. A snapshot is free of that; comparison and shadow tell whether it may do with fewer.
 *
 *     learning ─(a number that is not finite)─▶ frozen        frozen: the model that it began with decides; nothing is learnt
 *
 * Bounds: one transition a look; exploration (off by default) only among actions that the shield lets through; whatever it
 * does goes through the shield like any other decision; it leaves snapshots and promotes nothing.
 */
export class OnlineLearner implements Policy {
  readonly name: string;
  readonly usesClock: boolean;
  readonly #options: OnlineLearnerOptions;
  #last: { readonly look: LiveLook; action: number } | null = null;
  #open: OpenStep | null = null;
  #transitions = 0;
  #from: number | null = null;
  #failure: string | null = null;

  constructor(options: OnlineLearnerOptions) {
    this.#options = options;
    this.name = options.name;
    this.usesClock = options.learner.usesClock;
  }

  /** Steps learnt from. */
  get transitions(): number {
    return this.#transitions;
  }

  /** Why it learns no more; null while it does. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Once a step, as any policy. */
  decide(look: LiveLook): PolicyDecision {
    const { frozen, learner, actions } = this.#options;
    if (this.#failure !== null) return frozen.decide(look);
    this.#closeStep(look);
    const workers = look.observation[4];
    const decision = this.#explore(look) ?? largerOf(learner.decide(look), frozen.decide(look), workers);
    const wanted = decision.kind === 'scale' ? decision.replicas : workers;
    this.#last = { look, action: actions.actionFor(wanted, workers) };
    return decision;
  }

  /**
   * What became of the last decision, shield and platform included: `replicas` were asked for. Learns, now that it has been decided.
   * Null: nothing, because another process decides; what comes next is none of its doing, and nothing is learnt from it.
   * Without it, its own wish counts, and the next look begins with learning.
   */
  acted(replicas: number | null): void {
    if (this.#last === null) return;
    if (replicas === null) {
      this.#cut();
      return;
    }
    this.#last.action = this.#options.actions.actionFor(replicas, this.#last.look.observation[4]);
    this.#learnOpen();
  }

  /** What was learnt so far; null before the first transition. */
  snapshot(): OnlineSnapshot | null {
    if (this.#from === null || this.#last === null) return null;
    const live = { from: this.#from, to: this.#last.look.info.at, transitions: this.#transitions };
    return { model: this.#options.learner.save({ resumable: false }), live };
  }

  /** Frees what the networks hold; idempotent. */
  dispose(): void {
    freeLearner(this.#options.learner);
    freeLearner(this.#options.frozen);
  }

  #closeStep(look: LiveLook): void {
    const last = this.#last;
    if (last === null) return;
    const gapS = secondsBetween(last.look, look);
    if (gapS <= 0 || gapS > LONGEST_STEP * this.#options.stepDurationS) {
      this.#cut();
      return;
    }
    this.#learnOpen();
    this.#open = this.#failure === null ? { look: last.look, action: last.action, next: look } : null;
  }

  /** The last look's action is known: the step that led to it can be learnt from. */
  #learnOpen(): void {
    if (this.#open !== null && this.#last !== null && this.#failure === null)
      this.#learn(this.#open, this.#last.action);
    this.#open = null;
  }

  /** Nothing leads from the last look to this one. */
  #cut(): void {
    this.#open = null;
    this.#last = null;
    this.#options.learner.endEpisode();
  }

  #learn({ look, action, next }: OpenStep, nextAction: number): void {
    const { learner, judge, actions, snapshotEvery, onSnapshot } = this.#options;
    const mask = actions.mask(next.observation[4]);
    try {
      learner.learn({
        seen: look,
        action,
        reward: judge(stepBetween(look, next)),
        next,
        // Only what was done next is known to come of it: the value of the best that might have been done was learnt elsewhere.
        nextMask: mask.map((_, index) => index === nextAction),
        terminated: false,
        truncated: false,
      });
    } catch (thrown) {
      this.#failure = coerceError(thrown).message;
      return;
    }
    this.#from ??= look.info.at;
    this.#transitions += 1;
    if (this.#transitions % snapshotEvery === 0) {
      const snapshot = this.snapshot();
      if (snapshot !== null) onSnapshot(snapshot);
    }
  }

  /** An action other than the greedy one, now and then, where shield and bounds leave a choice. */
  #explore(look: LiveLook): PolicyDecision | null {
    const { epsilon, rng, actions, admissible } = this.#options;
    if (epsilon === 0 || admissible === undefined || rng.float() >= epsilon) return null;
    const workers = look.observation[4];
    const choices = actions
      .mask(workers)
      .flatMap((allowed, action) => (allowed ? [actions.replicasOf(action, workers)] : []))
      .filter((replicas) => replicas === workers || admissible(look, replicas));
    const replicas = choices[rng.int(choices.length)] ?? workers;
    const because = `explores ${replicas} workers, one of ${choices.length} that the shield lets through`;
    return replicas === workers ? { kind: 'hold', because } : { kind: 'scale', replicas, because };
  }
}

/** The answer that leaves more workers; of two alike, the one that was learnt. */
function largerOf(learnt: PolicyDecision, known: PolicyDecision, workers: number): PolicyDecision {
  const replicasIn = (decision: PolicyDecision): number => (decision.kind === 'scale' ? decision.replicas : workers);
  return replicasIn(known) > replicasIn(learnt) ? known : learnt;
}
