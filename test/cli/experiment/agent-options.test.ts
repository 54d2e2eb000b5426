import { describe, expect, it } from 'vitest';
import { defaultConfig } from '#shared/config-overrides.ts';
import { agentSettings } from '../../../cli/experiment/agent-options.ts';

const { agents } = defaultConfig;

describe('the agents’ flags', () => {
  it('stand over farm.yml, each for its agent', () => {
    const sarsa = agentSettings('sarsa', { alpha: 0.03, epsilon: 0.55, traceLambda: 0.6 }, agents);
    expect(sarsa.sarsa).toEqual({ ...agents.sarsa, alpha: 0.03, epsilon: 0.55, traceLambda: 0.6 });
    const dqn = agentSettings('dqn', { hiddenLayers: [32], epsilonEnd: 0.01, targetTau: 1 }, agents);
    expect(dqn.dqn).toEqual({ ...agents.dqn, hiddenLayers: [32], epsilonEnd: 0.01, targetTau: 1 });
    expect(agentSettings('sarsa', {}, agents)).toEqual(agents);
  });

  it.each([
    ['of another agent', 'sarsa' as const, { batchSize: 32 }, /--batch-size is of dqn; sarsa has no such setting/],
    ['out of range', 'sarsa' as const, { alpha: 3 }, /--alpha: expected a step size over 0 and at most 1, got 3/],
    [
      'that contradict each other',
      'sarsa' as const,
      { epsilon: 0.1, epsilonMin: 0.2 },
      /--epsilon-min: expected at most/,
    ],
    ['of the wrong length', 'sarsa' as const, { bins: [1, 2] }, /--bins: expected a list of nine/],
  ])('%s are refused', (_name, agent, options, message) => {
    expect(() => agentSettings(agent, options, agents)).toThrow(message);
  });
});
