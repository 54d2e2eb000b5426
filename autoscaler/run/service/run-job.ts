import type { FarmConfig, Secrets } from '#shared/config.ts';
import type { ModelToStore } from '../../model-store/model-store.ts';
import type { ComparisonRow } from '../comparison-row.ts';
import type { Verdict } from '../train/judge.ts';
import type { CurvePoint } from './run-record.ts';
import type { RunWork } from './run-work.ts';

/** One run, as the thread that does it is told. It stays in the process, so secrets may be in it. */
export interface RunJob {
  readonly run: string;
  readonly work: RunWork;
  /** Files of the models that the work names. */
  readonly models: Readonly<Record<string, Uint8Array>>;
  /** Of its own, to be emptied first and left empty. */
  readonly folder: string;
  readonly modelsFolder: string;
  /** Who holds the lease. */
  readonly holder: string;
  readonly config: FarmConfig;
  readonly secrets: Secrets;
  /** Git revision of the code; null: not known. */
  readonly revision: string | null;
  /** Time between two checkpoints, ms. */
  readonly checkpointEveryMs: number;
}

/** What the thread tells now and then. */
export interface JobReport {
  readonly done: number;
  readonly total: number;
  readonly point: CurvePoint | null;
}

/** An episode of an evaluation, shortly. */
export interface EpisodeFigures {
  readonly seed: number;
  readonly qos: number;
  readonly meanWorkers: number;
  readonly reward: number;
}

/** What a figure must not be quoted without. */
export interface PlayedUnder {
  readonly workload: string;
  readonly profile: string;
  readonly dispatch: string;
  readonly actions: string;
  /** Where the held-out seeds begin. */
  readonly seed: number;
}

/** The result of an evaluation: its row, and the first episodes one by one. */
export type Evaluated = PlayedUnder & ComparisonRow & { readonly episodes: readonly EpisodeFigures[] };

/** The result of a comparison, a row for each policy in the order of the request. */
export type Compared = PlayedUnder & { readonly rows: readonly ComparisonRow[] };

/** What the thread leaves. */
export type JobOutcome =
  /** It was stopped; a training left its checkpoint. */
  | { readonly kind: 'interrupted' }
  | {
      readonly kind: 'trained';
      readonly model: ModelToStore;
      readonly episodes: number;
      readonly seconds: number;
      readonly agentSeed: number;
      /** How the model did when it was chosen, and on held-out seeds that chose nothing. */
      readonly check: Verdict;
      readonly final: Verdict;
    }
  | { readonly kind: 'played'; readonly result: Evaluated | Compared };

/** Episodes that there are to be played. */
export function episodesOf(work: RunWork): number {
  if (work.kind === 'train') return work.settings.plan.episodes * work.settings.agentSeeds.length;
  const { seeds, policies } = work.settings;
  return policies.reduce((sum, policy) => sum + Math.min(policy.seeds ?? seeds, seeds), 0);
}
