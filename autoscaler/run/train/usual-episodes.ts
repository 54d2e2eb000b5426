import type { AgentName } from '../../learn/agent-name.ts';

/** Enough for each agent to settle on the reference workload; virtual time makes them cheap. */
export const usualEpisodes: Readonly<Record<AgentName, number>> = { sarsa: 1000, dqn: 300 };
