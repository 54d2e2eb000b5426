import type { FarmConfig } from '#shared/config-schema.ts';
import type { AgentName } from '../../learn/agent-name.ts';
import type { Scenario } from '../scenario.ts';
import type { TrainSettings } from '../train/train-settings.ts';
import { usualTraining } from '../train/usual-training.ts';

/** What somebody may want of a training besides its agent and scenario. */
export interface TrainWishes {
  readonly episodes?: number | undefined;
  /** Where the seeds begin. */
  readonly seed?: number | undefined;
  /** Independent trainings, each with a seed of its own. */
  readonly agentSeeds?: number | undefined;
  readonly checkpointEvery?: number | undefined;
  readonly evalEpisodes?: number | undefined;
  readonly finalEpisodes?: number | undefined;
  readonly qosTarget?: number | undefined;
}

/** Episodes of a check and of the final evaluation: virtual ones cost milliseconds, live ones minutes. */
const usualChecks = {
  simulated: { evalEpisodes: 30, finalEpisodes: 100 },
  live: { evalEpisodes: 3, finalEpisodes: 5 },
} as const;

/** A training by wishes: what is left out is usual for the agent. */
export function trainingByWishes(
  of: { agent: AgentName; settings: FarmConfig['agents']; scenario: Scenario },
  wishes: TrainWishes,
  { config }: { config: FarmConfig },
): TrainSettings {
  const { agent, scenario } = of;
  const usual = usualChecks[scenario.profile === 'live' ? 'live' : 'simulated'];
  const seed = wishes.seed ?? config.workload.seed;
  return {
    plan: {
      ...of,
      seed,
      episodes: wishes.episodes ?? usualTraining[agent].episodes,
      checkpointEvery: wishes.checkpointEvery ?? usualTraining[agent].checkpointEvery,
      evalEpisodes: wishes.evalEpisodes ?? usual.evalEpisodes,
      finalEpisodes: wishes.finalEpisodes ?? usual.finalEpisodes,
      qosTarget: wishes.qosTarget ?? null,
      startFrom: null,
    },
    agentSeeds: Array.from({ length: wishes.agentSeeds ?? 1 }, (_, index) => seed + index),
  };
}
