import type { FigureSpec } from '../figure.ts';
import { plotQosScatter, type ScoredPolicy } from './qos-scatter.ts';
import type { Conditions } from './theme.ts';

export interface QosAgainstMostWorkers {
  /** At least one. */
  readonly policies: readonly ScoredPolicy[];
  readonly conditions: Conditions;
}

/** Final QoS against the most workers at once: the size of the cluster that a policy asks for. */
export function plotQosAgainstMostWorkers({ policies, conditions }: QosAgainstMostWorkers): FigureSpec {
  return plotQosScatter({
    policies,
    frontiers: [],
    conditions,
    against: {
      name: 'most workers at once',
      axis: 'most workers of an episode (mean over episodes)',
      of: (row) => row.maxWorkers,
      intervalOf: () => null,
      ofEpisode: ({ workers }) => workers.max,
    },
  });
}
