import { conditionsOf, heldOutSeeds } from './conditions.ts';
import type { FigureSpec } from './figure.ts';
import type { PlayedContender } from './play/play.ts';
import { plotComparison } from './plots/comparison.ts';
import { plotEpisode } from './plots/episode.ts';
import { plotObservations } from './plots/observations.ts';
import { phaseStarts } from './plots/phase-starts.ts';
import type { Scenario } from './scenario.ts';

/** Where no reward says what QoS is aimed at. */
const USUAL_TARGET = 0.95;

/** More episodes than these are not looked at one by one. */
const MOST_EPISODES = 5;

/** The figures of one policy's evaluation: the kept episodes, one by one and step by step. */
export function evaluationFigures(
  { facts, records }: PlayedContender,
  { scenario, seed }: { scenario: Scenario; seed: number },
): (readonly [string, FigureSpec])[] {
  if (records.length === 0) return [];
  const { reward } = scenario;
  const targetQos = reward.kind === 'reference' ? reward.settings.targetQos : USUAL_TARGET;
  const conditions = conditionsOf(scenario, heldOutSeeds(seed, records.length));
  const overview = plotComparison({
    policies: [{ policy: facts.name, episodes: records.map(({ rows }) => rows) }],
    conditions,
  });
  const observed = records.flatMap(({ rows }) => rows.map(({ observation }) => observation));
  const observations = plotObservations({ of: facts.name, observations: observed, conditions });
  const episodes = records.slice(0, MOST_EPISODES).map((episode, index) => {
    const spec = plotEpisode({
      policy: facts.name,
      episode,
      targetQos,
      phases: phaseStarts(scenario.workload, episode.summary.seed),
      conditions: conditionsOf(scenario, `seed ${episode.summary.seed}`),
    });
    return [`episode_${String(index + 1).padStart(2, '0')}`, spec] as const;
  });
  return [['overview', overview], ['observations', observations], ...episodes];
}
