import type { FarmConfig } from '#shared/config.ts';
import { costReward } from '../../env/cost-reward.ts';
import { referenceReward } from '../../env/reference-reward.ts';
import { totalReward, type Reward } from '../../env/reward.ts';
import type { JudgeStep } from '../../learn/online/live-step.ts';

/**
 * Judges live steps by the reward that a model was trained on, which its lineage names: what it has learnt is in that reward's
 * terms. Null where nobody knows it: then nothing can be learnt on.
 */
export function liveJudge(reward: string | null, { reward: settings }: Pick<FarmConfig, 'reward'>): JudgeStep | null {
  const found = rewardNamed(reward, settings);
  return found === null ? null : (step) => totalReward(found.terms(step));
}

/** As costReward names itself. */
const COST = /^cost-(\d+(?:\.\d+)?)$/;

function rewardNamed(name: string | null, settings: FarmConfig['reward']): Reward | null {
  if (name === 'reference') return referenceReward(settings);
  const lateCost = lateCostOf(name);
  return lateCost === null ? null : costReward({ lateCost });
}

/** What a late task costs by the reward of that name, in worker-seconds; null: it is another kind of reward. */
export function lateCostOf(reward: string | null): number | null {
  const [, lateCost] = COST.exec(reward ?? '') ?? [];
  return lateCost === undefined ? null : Number(lateCost);
}
