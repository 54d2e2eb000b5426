import { setImmediate } from 'node:timers/promises';
import { SECOND, type Clock } from '#shared/clock.ts';
import type { Environment } from '../../env/environment.ts';
import type { Learner } from '../../learn/learner.ts';
import { writeModel } from '../../model-store/model-files.ts';
import type { EpisodeSummary } from '../episode.ts';
import { playSeeds } from '../play/play-seeds.ts';
import type { RunDirectory } from '../record/run-directory.ts';
import { rewardTerms, stepsHeader, stepsLines } from '../record/steps-table.ts';
import { heldOutSeed, trainingSeed } from '../seeds.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { saveCheckpoint } from './checkpoint.ts';
import { isBetter, judge } from './judge.ts';
import { isKept } from './kept-episodes.ts';
import { learnEpisode, type LearnedEpisode } from './learn-episode.ts';
import { modelProvenance } from './model-provenance.ts';
import type { TrainingPlan } from './plan.ts';
import { BEST_MODEL, MODELS } from './training-files.ts';
import type { Progress, TrainingPoint } from './training-state.ts';

export interface TrainingParts {
  readonly plan: TrainingPlan;
  readonly environment: Environment;
  readonly directory: RunDirectory;
  /** Git revision, for the models. */
  readonly revision: string | null;
  readonly clock: Clock;
  /** Ends the training after the episode in play; it can be resumed. */
  readonly signal: AbortSignal;
  /** The training ends after the episode in which it is over; null: no limit. */
  readonly timeLimitS: number | null;
  readonly onEpisode: (point: TrainingPoint) => void;
  readonly keeping?: Keeping;
}

/** What of a training is kept besides its models and curves, and how often. */
export interface Keeping {
  /** Every step of its episodes. Default: yes. */
  readonly steps?: boolean;
  /** Time between two checkpoints, ms: a crash costs at most this much training. Default: 10 s. */
  readonly everyMs?: number;
  /** After each checkpoint in the training's directory, before it goes on. */
  readonly onSaved?: () => Promise<void>;
}

export type TrainingEnd = 'done' | 'time' | 'interrupted';

/** The checks' seeds begin here; those of evaluations and comparisons are the first ones. */
const FIRST_CHECK_SEED = 500_000_000;

/** Unless `keeping` says otherwise. */
const SAVE_EVERY_MS = 10 * SECOND;

/**
 * One training, from its first episode or from a checkpoint. What it writes follows from its plan alone: an interruption
 * leaves no trace in it, except that a time limit puts a check where it struck.
 */
export class Training {
  readonly #parts: TrainingParts;
  readonly #learner: Learner;
  #state: Progress;
  /** The state's own list, which grows in place: a training may have a million episodes. */
  readonly #training: TrainingPoint[];
  /** Steps that are not on the disk yet. */
  #steps = '';

  constructor(parts: TrainingParts, from: { learner: Learner; state: Progress | null }) {
    this.#parts = parts;
    this.#learner = from.learner;
    this.#training = [...(from.state?.training ?? [])];
    this.#state = { episodes: 0, checks: [], best: null, ...from.state, training: this.#training };
  }

  get progress(): Progress {
    return this.#state;
  }

  /** Learns until the plan is done, the time is over or the signal aborts; a checkpoint is left in each case. */
  async learn(): Promise<TrainingEnd> {
    const { plan, clock, signal, keeping } = this.#parts;
    const saveEveryMs = keeping?.everyMs ?? SAVE_EVERY_MS;
    const startedAt = clock.monotonic();
    let savedAt = startedAt;
    for (;;) {
      const end = this.#endAt(startedAt);
      if (end !== null) return this.#finish(end);
      // A live farm may be taken away in mid-episode: what was learnt until then stays, and the episode is played again.
      const learned = await unlessAborted(signal, () => this.#playEpisode());
      if (learned === null) continue;
      this.#note(learned);
      if (this.#state.episodes % plan.checkpointEvery === 0) await unlessAborted(signal, () => this.#check());
      if (clock.monotonic() - savedAt > saveEveryMs) {
        await this.#save();
        savedAt = clock.monotonic();
      }
      // Virtual time never waits; a Ctrl-C must be heard all the same.
      await setImmediate();
    }
  }

  async #finish(end: TrainingEnd): Promise<TrainingEnd> {
    if (end !== 'interrupted' && !this.#isChecked()) await unlessAborted(this.#parts.signal, () => this.#check());
    await this.#save();
    return this.#isChecked() ? end : 'interrupted';
  }

  /** Whether the last episode has been followed by a check. */
  #isChecked(): boolean {
    return this.#state.checks.at(-1)?.episode === this.#state.episodes;
  }

  #endAt(startedAt: number): TrainingEnd | null {
    const { plan, clock, signal, timeLimitS } = this.#parts;
    if (this.#state.episodes >= plan.episodes) return 'done';
    if (signal.aborted) return 'interrupted';
    const elapsedS = (clock.monotonic() - startedAt) / SECOND;
    return timeLimitS !== null && elapsedS >= timeLimitS && this.#state.episodes > 0 ? 'time' : null;
  }

  async #playEpisode(): Promise<LearnedEpisode> {
    const { plan, environment } = this.#parts;
    const seed = trainingSeed(plan.agentSeed, this.#learner.seedIndex ?? this.#state.episodes);
    return learnEpisode(environment, this.#learner, { seed });
  }

  #note({ record, meanLoss, updates, exploration }: LearnedEpisode): void {
    const episode = this.#state.episodes + 1;
    const point: TrainingPoint = { episode, summary: record.summary, exploration, loss: meanLoss, updates };
    this.#state = { ...this.#state, episodes: episode };
    if (isKept(episode)) {
      this.#training.push(point);
      if (this.#parts.keeping?.steps !== false) this.#steps += this.#stepsOf(record, episode);
    }
    this.#parts.onEpisode(point);
  }

  #stepsOf(record: LearnedEpisode['record'], episode: number): string {
    const terms = rewardTerms([record]);
    return (episode === 1 ? stepsHeader(terms) : '') + stepsLines(record, { episode, terms });
  }

  /** Plays the greedy policy on seeds of their own, keeps its model, and notes whether it is the best so far. */
  async #check(): Promise<void> {
    const { plan, environment } = this.#parts;
    const seeds = Array.from({ length: plan.evalEpisodes }, (_, i) => heldOutSeed(plan.seed, FIRST_CHECK_SEED + i));
    const contender = { policyFor: () => this.#learner };
    const { summaries } = await playSeeds(environment, contender, { seeds, records: 0, signal: NEVER });
    const { episodes, best } = this.#state;
    const verdict = judge(summaries);
    const better = isBetter(verdict, best?.verdict ?? null, plan.qosTarget);
    this.#keepModel(`${MODELS}/${plan.agent}-ep${String(episodes).padStart(4, '0')}`, summaries);
    if (better) this.#keepModel(BEST_MODEL, summaries);
    this.#state = {
      ...this.#state,
      checks: [...this.#state.checks, { episode: episodes, summaries }],
      best: better ? { episode: episodes, verdict } : best,
    };
  }

  #keepModel(name: string, evaluated: readonly EpisodeSummary[]): void {
    const { plan, directory, revision } = this.#parts;
    const facts = {
      episodes: this.#state.episodes,
      revision,
      evaluated,
      backend: this.#learner.backend?.backend ?? null,
    };
    writeModel(directory.file(name), {
      model: this.#learner.save({ resumable: false }),
      provenance: modelProvenance(plan, facts),
    });
  }

  async #save(): Promise<void> {
    saveCheckpoint(this.#parts.directory, { learner: this.#learner, state: this.#state, steps: this.#steps });
    this.#steps = '';
    await this.#parts.keeping?.onSaved?.();
  }
}

/** A check is short, and half a one says nothing. */
const NEVER = new AbortController().signal;
