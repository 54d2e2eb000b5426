import type { Provenance } from '../../learn/provenance.ts';
import type { EpisodeSummary } from '../episode.ts';
import { rewardOf } from '../scenario.ts';
import { spreadOf } from '../statistics.ts';
import { judge } from './judge.ts';
import type { TrainingPlan } from './plan.ts';

/** What is written into a model: what it was trained on, and how it did on held-out seeds. */
export function modelProvenance(
  plan: TrainingPlan,
  facts: { episodes: number; revision: string | null; evaluated: readonly EpisodeSummary[]; backend: string | null },
): Provenance {
  const { scenario } = plan;
  const { qos, meanWorkers, reward } = judge(facts.evaluated);
  const [qosLow, qosHigh] = spreadOf(facts.evaluated.map((summary) => summary.qos)).ci ?? [qos, qos];
  return {
    trainedOn: {
      workload: scenario.workload.name,
      profile: scenario.profile,
      dispatch: scenario.dispatch,
      actions: scenario.actions,
      reward: rewardOf(scenario).name,
      seed: plan.agentSeed,
      episodes: facts.episodes,
      revision: facts.revision,
    },
    evaluation: { seeds: facts.evaluated.length, qos, qosLow, qosHigh, meanWorkers, reward },
    backend: facts.backend,
  };
}
