import type { FarmConfig } from '#shared/config.ts';
import { Sfc32 } from '#shared/rng.ts';
import type { Cem } from '#autoscaler/learn/cem/cem.ts';
import { createCem } from '#autoscaler/learn/cem/load-cem.ts';
import { look, wanted } from '../../autoscaler/policy/looks.ts';
import { seen } from '../../autoscaler/support/sightings.ts';
import type { ConfigEffect } from './effect.ts';

const learner = ({ agents }: FarmConfig): Cem =>
  createCem({ settings: agents.cem, actions: { name: 'one', minWorkers: 1, maxWorkers: 32 }, rng: new Sfc32(1) });

/** Plays episodes of one step until `over`; each is rewarded with the workers at the candidate's first knot. */
function play(cem: Cem, over: (episodes: number) => boolean): number {
  const mask = [true, true, true];
  const at = seen({ workers: 10 });
  let episodes = 0;
  for (; !over(episodes); episodes += 1) {
    const [candidate, size] = [numberOf(cem, 'candidate'), arrayOf(cem, 'mean').length];
    const reward = arrayOf(cem, 'population')[candidate * size]!;
    cem.learn({ seen: at, action: 1, reward, next: at, nextMask: mask, terminated: true, truncated: false });
    cem.endEpisode();
  }
  return episodes;
}

const arrayOf = (cem: Cem, name: string): number[] => [...cem.save({ resumable: true }).arrays[name]!.data];
const numberOf = (cem: Cem, name: string): number => Number(cem.save({ resumable: true }).progress![name]);
const rounded = (value: number): number => Number(value.toFixed(3));

/** At the first knot, after a generation of four candidates with an episode each. */
const SMALL = { given: 'agents: { cem: { population: 4, elites: 2, episodesPerCandidate: 1 } }' };
const afterGeneration = (name: 'mean' | 'sd') => (config: FarmConfig) => {
  const cem = learner(config);
  play(cem, (episodes) => episodes === config.agents.cem.population);
  return rounded(arrayOf(cem, name)[0]!);
};
const meanAfter = { ...SMALL, shows: 'mean after a generation', effect: afterGeneration('mean') };
const sdAfter = { ...SMALL, shows: 'deviation after a generation', effect: afterGeneration('sd') };

export const cemEffects: readonly ConfigEffect[] = [
  {
    key: 'agents.cem.over',
    to: 'arrivalRate',
    shows: 'whether the agent sees the clock',
    effect: (config) => learner(config).usesClock,
    before: true,
    after: false,
  },
  {
    key: 'agents.cem.knots',
    to: [0, 100],
    shows: 'parameters of a model',
    effect: (config) => arrayOf(learner(config), 'mean').length,
    before: 16 + 3,
    after: 2 + 3,
  },
  {
    key: 'agents.cem.rateAverageS',
    to: 80,
    given: 'agents: { cem: { over: arrivalRate } }',
    shows: 'the average of the rates 4 and 6, 8 s apart',
    effect: (config) => {
      const cem = learner(config);
      cem.decide(look(0, { rate: 4 }));
      return /arrivalRate (\S+),/.exec(cem.decide(look(8, { rate: 6 })).because)?.[1];
    },
    before: '5.3',
    after: '4.2',
  },
  {
    key: 'agents.cem.initialWorkers',
    to: 9,
    shows: 'workers that are wanted before anything was learnt',
    effect: (config) => wanted(learner(config), seen({ workers: 5 })),
    before: 14,
    after: 9,
  },
  {
    key: 'agents.cem.initialSd',
    to: 5,
    shows: "deviation of the curve's heights at first",
    effect: (config) => arrayOf(learner(config), 'sd')[0],
    before: 2,
    after: 5,
  },
  {
    key: 'agents.cem.gainSd',
    to: 5,
    shows: 'deviation of the gains at first',
    effect: (config) => arrayOf(learner(config), 'sd').at(-1),
    before: 0.4,
    after: 5,
  },
  {
    key: 'agents.cem.population',
    to: 10,
    given: 'agents: { cem: { episodesPerCandidate: 1 } }',
    shows: 'episodes of a generation',
    effect: (config) => {
      const cem = learner(config);
      return play(cem, () => numberOf(cem, 'generation') === 1);
    },
    before: 40,
    after: 10,
  },
  {
    key: 'agents.cem.episodesPerCandidate',
    to: 3,
    shows: 'episodes of the first candidate',
    effect: (config) => {
      const cem = learner(config);
      return play(cem, () => numberOf(cem, 'candidate') === 1);
    },
    before: 20,
    after: 3,
  },
  { ...meanAfter, key: 'agents.cem.elites', to: 1, before: 13.818, after: 14.281 },
  { ...meanAfter, key: 'agents.cem.smoothing', to: 1, before: 13.818, after: 13.544 },
  { ...sdAfter, key: 'agents.cem.leastSd', to: 3, before: 1.664, after: 3 },
];
