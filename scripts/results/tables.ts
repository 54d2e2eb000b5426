import type { CompareSettings } from '#autoscaler/run/compare/settings.ts';
import type { Scenario } from '#autoscaler/run/scenario.ts';

/** One table of docs/results/reference.md. */
export interface ResultTable {
  readonly title: string;
  readonly about: string;
  readonly workload: string;
  readonly phaseShuffle: boolean;
  readonly dispatch: Scenario['dispatch'];
  readonly policies: CompareSettings['policies'];
  /** Name of the figure in docs/images; null: none. */
  readonly figure: string | null;
}

const all = (...names: string[]): CompareSettings['policies'] => names.map((name) => ({ name, seeds: null }));
const pools = (from: number, to: number): CompareSettings['policies'] =>
  all(...Array.from({ length: to - from + 1 }, (_, i) => `static-${from + i}`));
/** A bound takes a second an episode. */
const bounds = (...lateCosts: number[]): CompareSettings['policies'] =>
  lateCosts.map((lateCost) => ({ name: `clairvoyant-${lateCost}`, seeds: 20 }));

const rules = all(
  'reactive-average',
  'reactive-maximum',
  'reactive-average-old',
  'reactive-maximum-old',
  'hpa',
  'keda',
  'kpa',
  'openfaas-ce',
  'square-root-3',
  'erlang-c-0.01',
  'offered-load-3',
  'trend-3',
);
const models = all('sarsa', 'dqn', 'cem');

export const tables: readonly ResultTable[] = [
  {
    title: 'What the reference really ran: `reference-as-coded`, first in first out',
    about:
      'Profile `reference`, one worker a step of 8 s, 12 workers at the start. Workers are time averages of active ones ' +
      '(starting and draining included). Models were trained on this workload, on other seeds.',
    workload: 'reference-as-coded',
    phaseShuffle: false,
    dispatch: 'fifo',
    policies: [...pools(12, 18), ...rules, ...all('open-loop'), ...models, ...bounds(15, 20, 30)],
    figure: 'reference-as-coded',
  },
  {
    title: 'The same without a clock to read, on shuffled phases',
    about:
      'Each seed takes the four phases in an order of its own, so a timetable is worth nothing: the models above are shown all the ' +
      'same, beside the one that was trained without a clock.',
    workload: 'reference-as-coded',
    phaseShuffle: true,
    dispatch: 'fifo',
    policies: [...pools(13, 17), ...all('cem-clockless', 'open-loop'), ...models, ...bounds(20)],
    figure: null,
  },
  {
    title: 'As the reference specifies it: `reference`',
    about:
      'Real oscillations on an absolute axis. `cem-reference` was trained on this workload, the other models on `reference-as-coded`.',
    workload: 'reference',
    phaseShuffle: false,
    dispatch: 'fifo',
    policies: [
      ...pools(12, 17),
      ...rules.slice(0, 2),
      ...all('open-loop'),
      ...models,
      ...all('cem-reference', 'cem-clockless'),
      ...bounds(20),
    ],
    figure: null,
  },
  {
    title: 'The same with dispatch by deadline: `--dispatch lanes`',
    about:
      'What the order of dispatch is worth ([lanes](../algorithms/lanes.md)): the first table again, with the waiting task that is due ' +
      'first taken first and hopeless ones last. `cem-lanes` was trained under it; the other models were not.',
    workload: 'reference-as-coded',
    phaseShuffle: false,
    dispatch: 'lanes',
    policies: [
      ...pools(9, 15),
      ...rules.slice(0, 2),
      ...all('open-loop', 'sarsa', 'cem', 'cem-lanes'),
      ...bounds(15, 30),
    ],
    figure: 'reference-as-coded-lanes',
  },
];
