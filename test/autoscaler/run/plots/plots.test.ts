import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { binnedDimensions } from '#autoscaler/learn/sarsa/bin-edges.ts';
import { renderFigure, type FigureSpec } from '#autoscaler/run/figure.ts';
import { plotArrivals } from '#autoscaler/run/plots/arrivals.ts';
import { plotComparison } from '#autoscaler/run/plots/comparison.ts';
import { plotEpisode } from '#autoscaler/run/plots/episode.ts';
import { plotObservations } from '#autoscaler/run/plots/observations.ts';
import { plotQosAgainstMostWorkers } from '#autoscaler/run/plots/qos-against-most-workers.ts';
import { plotQosAgainstScaling } from '#autoscaler/run/plots/qos-against-scaling.ts';
import { plotQosAgainstWorkers } from '#autoscaler/run/plots/qos-against-workers.ts';
import { plotStateVisits } from '#autoscaler/run/plots/state-visits.ts';
import { plotTraining, type TrainingPoint } from '#autoscaler/run/plots/training.ts';
import { farmConfigSchema } from '#shared/config-schema.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { planWorkload } from '#shared/workload/plan.ts';
import { conditions, exampleComparison, exampleEpisode, exampleRow, exampleSummary } from './example-episodes.ts';
import { structureOf } from './structure.ts';

const config = farmConfigSchema.parse({});
const seeds = [1, 2, 3];
const workload = findWorkload('reference', config);
const plans = seeds.map((seed) => planWorkload(workload, { seed }));
const phases = workload.arrivals.map(({ name }, i) => ({ name, atS: 60 * i }));

const trained = (episode: number): TrainingPoint => ({
  episode,
  summary: exampleSummary(episode % 9),
  exploration: 0.4 * 0.99 ** episode,
  loss: episode < 5 ? null : 1 / episode,
});
const episodes = Array.from({ length: 60 }, (_, i) => trained(i + 1));
const evaluations = [20, 40, 60].map((episode) => ({ episode, summaries: seeds.map(exampleSummary) }));

const pool = (n: number) => ({
  row: exampleComparison(`static-${n}`, { meanWorkers: n, qos: 1 - 0.5 ** (n - 9), scalingActions: 0 }),
});
const policies = [
  ...[12, 13, 14, 15, 16].map(pool),
  { row: exampleComparison('sarsa', { usesClock: true }), episodes: seeds.map(exampleSummary) },
  {
    row: exampleComparison('clairvoyant', {
      deployable: false,
      usesClock: true,
      meanWorkers: 12.5,
      qos: 1,
      qosCi: [1, 1],
    }),
  },
  { row: exampleComparison('reactive-average', { meanWorkers: 10.8, qos: 0.5 }) },
];
const clairvoyant = [
  { workers: 12, qos: 0.98 },
  { workers: 12.5, qos: 1 },
];

const dimensions = binnedDimensions(config.agents.sarsa);
const table = { states: Int32Array.of(3, 11, 40), visits: Int32Array.of(5, 0, 1, 2, 2, 0, 0, 0, 1) };

const lone = exampleComparison('sarsa', { qos: 1, qosCi: null, meanWorkersCi: null });
const still = { ...exampleEpisode(0, 1), rows: [{ ...exampleRow(1, 0), reward: 0, rewardTerms: {} }] };

/** Each figure as it usually is, and with as little as there can be. */
const figures: [name: string, usual: () => FigureSpec, least: () => FigureSpec][] = [
  [
    'training',
    () => plotTraining({ agent: 'dqn', episodes, evaluations, resumedAt: [31], conditions }),
    () =>
      plotTraining({
        agent: 'sarsa',
        episodes: [{ ...trained(1), exploration: null, loss: null }],
        evaluations: [],
        resumedAt: [],
        conditions,
      }),
  ],
  [
    'episode',
    () => plotEpisode({ policy: 'sarsa', episode: exampleEpisode(2), targetQos: 0.95, phases, conditions }),
    () => plotEpisode({ policy: 'sarsa', episode: still, targetQos: 1, phases: [], conditions }),
  ],
  [
    'comparison',
    () =>
      plotComparison({
        policies: ['sarsa', 'dqn'].map((policy, i) => ({
          policy,
          episodes: seeds.map((seed) => exampleEpisode(seed + i, 28 + seed).rows),
        })),
        conditions,
      }),
    () => plotComparison({ policies: [{ policy: 'sarsa', episodes: [still.rows] }], conditions }),
  ],
  [
    'qos-against-workers',
    () => plotQosAgainstWorkers({ policies, clairvoyant, conditions }),
    () => plotQosAgainstWorkers({ policies: [{ row: lone }], clairvoyant: [], conditions }),
  ],
  [
    'qos-against-scaling',
    () => plotQosAgainstScaling({ policies, conditions }),
    () => plotQosAgainstScaling({ policies: [{ row: { ...lone, qos: 0 } }], conditions }),
  ],
  [
    'qos-against-most-workers',
    () => plotQosAgainstMostWorkers({ policies, conditions }),
    () => plotQosAgainstMostWorkers({ policies: [pool(12)], conditions }),
  ],
  [
    'arrivals',
    () => plotArrivals({ workload, plans, conditions }),
    () => {
      const silent = {
        ...workload,
        arrivals: [{ name: 'silence', durationS: 1, rate: { pattern: 'steady' as const, perS: 0 } }],
      };
      return plotArrivals({ workload: silent, plans: [planWorkload(silent, { seed: 1 })], conditions });
    },
  ],
  [
    'state-visits',
    () => plotStateVisits({ agent: 'sarsa', dimensions, table, conditions }),
    () =>
      plotStateVisits({
        agent: 'sarsa',
        dimensions: [],
        table: { states: new Int32Array(0), visits: new Int32Array(0) },
        conditions,
      }),
  ],
  [
    'observations',
    () =>
      plotObservations({
        of: 'sarsa',
        observations: seeds.flatMap((seed) => exampleEpisode(seed).rows.map(({ observation }) => observation)),
        conditions,
      }),
    () => plotObservations({ of: 'nobody', observations: [[0, 0, 0, 0, 0, 0, 0, 0, 0]], conditions }),
  ],
];

describe.each(figures)('%s', (name, usual, least) => {
  test('has its panels, marks and axes', async () => {
    await expect(structureOf(usual())).toMatchFileSnapshot(`../../../golden/plots/${name}.txt`);
  });

  test.each([
    ['usual data', usual],
    ['the least data', least],
  ])('is drawn from %s, with its conditions and without a number that is none', async (_, spec) => {
    const { svg, png } = await renderFigure(spec());
    for (const text of ['workload reference', 'profile farmhand', 'dispatch fifo', 'actions one', conditions.seeds]) {
      expect(svg).toContain(text);
    }
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    const { data } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
    const dark = data.filter((level) => level < 160).length / data.length;
    expect(dark).toBeGreaterThan(0.002);
    expect(dark).toBeLessThan(0.5);
  });
});

/** Every value of every data set of a figure that has this field. */
function valuesOf(spec: unknown, field: string): unknown[] {
  if (typeof spec !== 'object' || spec === null) return [];
  return Object.entries(spec as Readonly<Record<string, unknown>>).flatMap(([key, value]) =>
    key === field ? [value] : valuesOf(value, field),
  );
}

describe('what the figures show', () => {
  test('a training shows its evaluations as mean ± sd, and its last moving average', () => {
    const { concat } = plotTraining({ agent: 'dqn', episodes, evaluations, resumedAt: [], conditions }) as unknown as {
      concat: {
        title: { text: string };
        layer: { mark: { type: string }; data: { values: { x: number; y: number; low: number }[] } }[];
      }[];
    };
    const qos = concat.find(({ title }) => title.text === 'QoS')!;
    const [line] = qos.layer.filter(({ mark }) => mark.type === 'line');
    // 60 episodes: window 6, the last of which are episodes 55 to 60, with seeds 1 to 6.
    expect(line!.data.values.at(-1)!.y).toBeCloseTo(1 - 3.5 / 100, 12);
    const [rule] = qos.layer.filter(({ mark }) => mark.type === 'rule');
    expect(rule!.data.values).toMatchObject(seeds.map((_, i) => ({ x: 20 * (i + 1), y: 0.98, low: 0.97 })));
  });

  test('thousands of episodes make a figure of some hundred dots', () => {
    const many = Array.from({ length: 5000 }, (_, i) => trained(i + 1));
    const spec = plotTraining({ agent: 'sarsa', episodes: many, evaluations: [], resumedAt: [], conditions });
    expect(valuesOf(spec, 'x').length).toBeLessThan(6000);
  });

  test('a comparison averages over the episodes that are still running, at least half of them', () => {
    const rows = [exampleEpisode(1, 2).rows, exampleEpisode(2, 3).rows, exampleEpisode(3, 4).rows];
    const spec = plotComparison({ policies: [{ policy: 'sarsa', episodes: rows }], conditions });
    expect(Math.max(...(valuesOf(spec, 'x') as number[]).filter(Number.isFinite))).toBe(3);
    // Waiting at step 3: 6 of seed 2 and 2 of seed 3.
    expect(valuesOf(spec, 'y')).toContain(4);
  });

  test('static pools make a line in order of their workers, and are no dots of their own', () => {
    const structure = structureOf(plotQosAgainstWorkers({ policies, clairvoyant, conditions }));
    expect(structure).toContain('grey line: static pools of N workers');
    const spec = plotQosAgainstWorkers({ policies: [...policies].reverse(), clairvoyant: [], conditions });
    const { layer } = spec as unknown as { layer: { mark: { type: string }; data: { values: { x: number }[] } }[] };
    const line = layer.find(({ mark }) => mark.type === 'line')!;
    expect(line.data.values.map(({ x }) => x)).toEqual([12, 13, 14, 15, 16]);
    expect(valuesOf(spec, 'label')).not.toContain('static-12');
  });

  test("a state's number is taken apart as the discretiser put it together", () => {
    const [inputQueue, qosRate] = [
      { name: 'inputQueue' as const, edges: [0.5, 1.5] },
      { name: 'qosRate' as const, edges: [0.9] },
    ];
    // 2 · 2 + 1: bin 2 of inputQueue, bin 1 of qosRate.
    const spec = plotStateVisits({
      agent: 'sarsa',
      dimensions: [inputQueue, qosRate],
      table: { states: Int32Array.of(5), visits: Int32Array.of(3) },
      conditions,
    });
    expect(valuesOf(spec, 'share')).toEqual([0, 0, 1, 0, 1]);
  });
});
