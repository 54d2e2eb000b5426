import { SECOND } from '#shared/clock.ts';
import { Sfc32 } from '#shared/rng.ts';
import { loadLearner } from '../../learn/agents.ts';
import { readModel, writeModel } from '../../model-store/model-files.ts';
import type { Environments } from '../environments.ts';
import { playSeeds } from '../play/play-seeds.ts';
import { aggregateMetrics, episodeMetrics } from '../record/episode-metrics.ts';
import { stepsTable } from '../record/steps-table.ts';
import { heldOutSeed } from '../seeds.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { hasCheckpoint, loadCheckpoint } from './checkpoint.ts';
import { judge, type Verdict } from './judge.ts';
import { freeLearner } from '../../learn/free-learner.ts';
import { modelProvenance } from './model-provenance.ts';
import type { TrainingPlan } from './plan.ts';
import { startingLearner } from './starting-learner.ts';
import { Training, type TrainingEnd, type TrainingParts } from './training.ts';
import { BEST_MODEL, STEPS, SUMMARY } from './training-files.ts';

export interface TrainAgentOptions extends Omit<TrainingParts, 'plan' | 'environment'> {
  readonly environments: Environments;
}

/** What a training came to. */
export interface TrainingOutcome {
  readonly agentSeed: number;
  readonly end: TrainingEnd;
  /** Episodes that are done. */
  readonly episodes: number;
  /** Folder of the best model; null where an interruption came before the first check. */
  readonly model: string | null;
  /** How the best model did when it was checked: what it was chosen by. */
  readonly check: Verdict | null;
  /** How it did on held-out seeds that no check has seen; null where the training was interrupted. */
  readonly final: Verdict | null;
  /** Time spent training, checks included and the final evaluation left out. */
  readonly seconds: number;
}

/** Episodes of the final evaluation whose steps are kept. */
const KEPT_RECORDS = 10;

/**
 * Trains one agent by a plan in a run directory, from the checkpoint in it if there is one, and evaluates the best model.
 * @throws MODEL_INVALID, RUN_INVALID, USAGE (startingLearner); TRAINING_DIVERGED
 */
export async function trainAgent(plan: TrainingPlan, options: TrainAgentOptions): Promise<TrainingOutcome> {
  const { directory, environments, clock } = options;
  const from = hasCheckpoint(directory)
    ? await loadCheckpoint(directory)
    : { learner: await startingLearner(plan), state: null };
  const environment = await environments.open(plan.scenario);
  try {
    const startedAt = clock.monotonic();
    const training = new Training({ ...options, plan, environment }, from);
    const end = await training.learn();
    const seconds = (clock.monotonic() - startedAt) / SECOND;
    const { episodes, best } = training.progress;
    const outcome = {
      agentSeed: plan.agentSeed,
      end,
      episodes,
      model: best === null ? null : directory.file(BEST_MODEL),
      check: best?.verdict ?? null,
      seconds,
    };
    if (end === 'interrupted' || best === null) return { ...outcome, final: null };
    const final = await evaluateBest(plan, { ...options, environment }, { end, ...training.progress });
    return final === null ? { ...outcome, end: 'interrupted', final } : { ...outcome, final };
  } finally {
    freeLearner(from.learner);
    await environment.close();
  }
}

/** Null: interrupted. */
async function evaluateBest(
  plan: TrainingPlan,
  parts: Pick<TrainingParts, 'directory' | 'revision' | 'signal' | 'environment'>,
  { end, episodes, best }: { end: TrainingEnd } & Pick<Training['progress'], 'episodes' | 'best'>,
): Promise<Verdict | null> {
  const { directory, revision, signal, environment } = parts;
  const { model } = await readModel(directory.file(BEST_MODEL));
  const learner = await loadLearner(model, { rng: new Sfc32(0) });
  const seeds = Array.from({ length: plan.finalEpisodes }, (_, index) => heldOutSeed(plan.seed, index));
  const played = await unlessAborted(signal, () =>
    playSeeds(environment, { policyFor: () => learner }, { seeds, records: KEPT_RECORDS, signal }),
  );
  const backend = learner.backend ?? null;
  freeLearner(learner);
  if (played === null) return null;
  const facts = {
    episodes: best?.episode ?? episodes,
    revision,
    evaluated: played.summaries,
    backend: backend?.backend ?? null,
  };
  writeModel(directory.file(BEST_MODEL), { model, provenance: modelProvenance(plan, facts) });
  directory.write(STEPS, stepsTable(played.records));
  directory.writeJson(SUMMARY, {
    agent: plan.agent,
    agentSeed: plan.agentSeed,
    end,
    episodes,
    backend,
    best,
    final: aggregateMetrics(played.summaries),
    finalEpisodes: played.summaries.map(episodeMetrics),
  });
  return judge(played.summaries);
}
