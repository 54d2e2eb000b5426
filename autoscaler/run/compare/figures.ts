import { planWorkload } from '#shared/workload/plan.ts';
import { comparisonRow } from '../comparison-row.ts';
import { conditionsOf, heldOutSeeds } from '../conditions.ts';
import type { FigureSpec } from '../figure.ts';
import type { PlayedContender } from '../play/play.ts';
import { plotArrivals } from '../plots/arrivals.ts';
import { plotComparison } from '../plots/comparison.ts';
import { plotQosAgainstMostWorkers } from '../plots/qos-against-most-workers.ts';
import { plotQosAgainstScaling } from '../plots/qos-against-scaling.ts';
import { plotQosAgainstWorkers } from '../plots/qos-against-workers.ts';
import { heldOutSeed } from '../seeds.ts';
import type { CompareSettings } from './settings.ts';

/** More lines than these cannot be told apart in one panel. */
const MOST_LINES = 8;

/** Workloads that are drawn for the plot of arrivals. */
const MOST_PLANS = 20;

/** Every figure of a comparison, by its file's name. */
export function comparisonFigures(
  { scenario, seed, seeds }: CompareSettings,
  played: readonly PlayedContender[],
): (readonly [string, FigureSpec])[] {
  const conditions = conditionsOf(scenario, heldOutSeeds(seed, seeds));
  const bounds = played.filter(({ facts }) => !facts.deployable);
  const policies = played.map((each) => ({ row: comparisonRow(each), episodes: each.summaries }));
  const clairvoyant = bounds.map(comparisonRow).map(({ meanWorkers, qos }) => ({ workers: meanWorkers, qos }));
  const stepped = mostTelling(played.filter(({ records }) => records.length > 0));
  const kept = Math.max(0, ...stepped.map(({ records }) => records.length));
  const plans = Array.from({ length: Math.min(seeds, MOST_PLANS) }, (_, index) =>
    planWorkload(scenario.workload, { seed: heldOutSeed(seed, index) }),
  );
  return [
    ['qos_against_workers', plotQosAgainstWorkers({ policies, clairvoyant, conditions })],
    ['qos_against_scaling', plotQosAgainstScaling({ policies, conditions })],
    ['qos_against_most_workers', plotQosAgainstMostWorkers({ policies, conditions })],
    ...(stepped.length === 0
      ? []
      : [
          [
            'comparison',
            plotComparison({
              policies: stepped.map(({ facts, records }) => ({
                policy: facts.name,
                episodes: records.map(({ rows }) => rows),
              })),
              conditions: conditionsOf(scenario, heldOutSeeds(seed, kept)),
            }),
          ] as const,
        ]),
    [
      'arrivals',
      plotArrivals({
        workload: scenario.workload,
        plans,
        conditions: conditionsOf(scenario, heldOutSeeds(seed, plans.length)),
      }),
    ],
  ];
}

/** As many policies as one panel takes: fixed pools, which are level lines, make room first. */
function mostTelling(played: readonly PlayedContender[]): readonly PlayedContender[] {
  const level = played.filter(({ facts }) => facts.name.startsWith('static-'));
  const kept = new Set(level.slice(0, Math.max(0, MOST_LINES - (played.length - level.length))));
  return played.filter((each) => !level.includes(each) || kept.has(each)).slice(0, MOST_LINES);
}
