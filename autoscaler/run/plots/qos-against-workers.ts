import type { FigureSpec } from '../figure.ts';
import { plotQosScatter, type Frontier, type ScoredPolicy } from './qos-scatter.ts';
import type { Conditions } from './theme.ts';

export interface QosAgainstWorkers {
  /** At least one; rows named static-N become the grey line that every policy should lie above. */
  readonly policies: readonly ScoredPolicy[];
  /** What could be had by someone who knows every arrival; empty: not drawn. QoS is 0 to 1. */
  readonly clairvoyant: readonly { readonly workers: number; readonly qos: number }[];
  readonly conditions: Conditions;
}

/** Final QoS against mean active workers, with the frontiers of static pools and of the clairvoyant. */
export function plotQosAgainstWorkers({ policies, clairvoyant, conditions }: QosAgainstWorkers): FigureSpec {
  const pools = policies.filter(({ row }) => isStatic(row.policy));
  const others = policies.filter(({ row }) => !isStatic(row.policy));
  const frontiers: Frontier[] = [];
  if (pools.length > 0) {
    frontiers.push({
      name: 'grey line: static pools of N workers',
      dash: [],
      points: pools
        .map(({ row }) => ({ x: row.meanWorkers, qos: row.qos, label: row.policy.replace('static-', '') }))
        .sort((a, b) => a.x - b.x),
    });
  }
  if (clairvoyant.length > 0) {
    frontiers.push({
      name: 'dashed: clairvoyant frontier',
      dash: [5, 4],
      points: clairvoyant.map(({ workers, qos }) => ({ x: workers, qos, label: '' })).sort((a, b) => a.x - b.x),
    });
  }
  return plotQosScatter({
    policies: others,
    frontiers,
    conditions,
    against: {
      name: 'workers',
      axis: 'workers (time average of active ones: starting and draining included)',
      of: (row) => row.meanWorkers,
      intervalOf: (row) => row.meanWorkersCi,
      ofEpisode: (summary) => summary.workers.mean,
    },
  });
}

function isStatic(policy: string): boolean {
  return /^static-\d+$/.test(policy);
}
