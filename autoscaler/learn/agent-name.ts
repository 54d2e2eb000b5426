/** The learning agents that there are, as people write them. */
export const agentNames = ['sarsa', 'dqn', 'cem'] as const;

export type AgentName = (typeof agentNames)[number];

export function isAgentName(name: string): name is AgentName {
  return (agentNames as readonly string[]).includes(name);
}
