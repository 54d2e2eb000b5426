import type { TrainSettings } from '#autoscaler/run/train/train-settings.ts';
import type { TrainResult } from '#autoscaler/run/train/train.ts';
import { duration } from '../format.ts';
import { renderTable } from '../table.ts';

/** What each training came to: one line for each agent seed. */
export function renderTraining({ plan }: TrainSettings, { agents, model }: TrainResult): string[] {
  const table = renderTable(
    [
      { title: 'agent seed', align: 'right' },
      { title: 'episodes', align: 'right' },
      { title: 'time', align: 'right' },
      { title: 'QoS %', align: 'right' },
      { title: 'workers', align: 'right' },
      { title: 'reward', align: 'right' },
      { title: 'end' },
    ],
    agents.map(({ agentSeed, episodes, seconds, final, end }) => [
      String(agentSeed),
      String(episodes),
      duration(seconds),
      final === null ? '–' : (final.qos * 100).toFixed(2),
      final === null ? '–' : final.meanWorkers.toFixed(2),
      final === null ? '–' : final.reward.toFixed(1),
      end,
    ]),
  );
  const judged = `figures of the best check's model on ${plan.finalEpisodes} held-out seeds`;
  return [
    `${plan.agent} on ${plan.scenario.workload.name}, ${judged}`,
    ...table,
    ...(model === null ? [] : [`Model: ${model}`]),
  ];
}
