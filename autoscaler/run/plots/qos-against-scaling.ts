import type { FigureSpec } from '../figure.ts';
import { plotQosScatter, type ScoredPolicy } from './qos-scatter.ts';
import type { Conditions } from './theme.ts';

export interface QosAgainstScaling {
  /** At least one. */
  readonly policies: readonly ScoredPolicy[];
  readonly conditions: Conditions;
}

/** Final QoS against scaling actions: how restless a policy is for what it reaches. */
export function plotQosAgainstScaling({ policies, conditions }: QosAgainstScaling): FigureSpec {
  return plotQosScatter({
    policies,
    frontiers: [],
    conditions,
    against: {
      name: 'scaling actions',
      axis: 'scaling actions (steps of an episode that asked for a change)',
      of: (row) => row.scalingActions,
      intervalOf: () => null,
      ofEpisode: ({ scaling }) => scaling.up + scaling.down,
    },
  });
}
