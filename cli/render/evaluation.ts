import type { Spread } from '#autoscaler/run/statistics.ts';
import type { EpisodeResult, EpisodeSpreads } from '../experiment/episode-result.ts';
import { count } from '../format.ts';
import { renderPairs, renderTable } from '../table.ts';

/** More lines than these are for a file, not for people. */
const MOST_EPISODES = 20;

/** A policy's episodes one by one, and their means with 95 % intervals. */
export function renderEvaluation(title: string, episodes: readonly EpisodeResult[], means: EpisodeSpreads): string[] {
  const table = renderTable(
    [
      { title: 'seed', align: 'right' },
      { title: 'QoS %', align: 'right' },
      { title: 'workers', align: 'right' },
      { title: 'most', align: 'right' },
      { title: 'up', align: 'right' },
      { title: 'down', align: 'right' },
      { title: 'held', align: 'right' },
      { title: 'reward', align: 'right' },
      { title: 'unfinished', align: 'right' },
    ],
    episodes
      .slice(0, MOST_EPISODES)
      .map((e) => [
        String(e.seed),
        (e.qos * 100).toFixed(2),
        e.workers.mean.toFixed(2),
        String(e.workers.max),
        String(e.scaling.up),
        String(e.scaling.down),
        String(e.scaling.noop),
        e.reward.toFixed(1),
        String(e.unfinished),
      ]),
  );
  const left = episodes.length - MOST_EPISODES;
  return [
    title,
    ...table.map((line) => `  ${line}`),
    ...(left > 0 ? [`  and ${count(left, 'episode')} more`] : []),
    '',
    ...renderPairs([
      ['QoS', `${spread(means.qos, 100, 2)} % of submitted tasks met their deadline`],
      ['QoS of collected', `${spread(means.qosCollected, 100, 2)} %`],
      ['workers', `${spread(means.workers.mean, 1, 2)} in the mean, ${spread(means.workers.max, 1, 1)} at most`],
      [
        'scaling',
        `${means.scaling.up.mean.toFixed(1)} up, ${means.scaling.down.mean.toFixed(1)} down, ${means.scaling.noop.mean.toFixed(1)} held`,
      ],
      ['reward', spread(means.reward, 1, 1)],
    ]).map((line) => `  ${line}`),
  ];
}

/** '99.12 ± 0.17': the mean, and half of its 95 % interval. */
function spread({ mean, ci }: Spread, scale: number, digits: number): string {
  const half = ci === null ? '' : ` ± ${(((ci[1] - ci[0]) / 2) * scale).toFixed(digits)}`;
  return `${(mean * scale).toFixed(digits)}${half}`;
}
