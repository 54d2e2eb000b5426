import type { AgentName } from '../../learn/agent-name.ts';

/** Episodes of a training, and those between two checks of its greedy policy, where nobody says otherwise. */
interface UsualTraining {
  readonly episodes: number;
  readonly checkpointEvery: number;
}

/**
 * Enough for each agent to settle on the reference workload; virtual time makes them cheap. cem has twenty generations, and a check
 * after every other one: within a generation its greedy policy stays as it is.
 */
export const usualTraining: Readonly<Record<AgentName, UsualTraining>> = {
  sarsa: { episodes: 1000, checkpointEvery: 10 },
  dqn: { episodes: 300, checkpointEvery: 10 },
  cem: { episodes: 16_000, checkpointEvery: 1600 },
};
