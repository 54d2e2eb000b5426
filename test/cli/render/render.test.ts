import { describe, expect, it } from 'vitest';
import type { Calibration } from '#autoscaler/run/calibrate/calibration.ts';
import { renderFigures } from '../../../cli/commands/bench.ts';
import type { AutoscalerStatus } from '../../../cli/farm/autoscaler.ts';
import type { Letter, ResultRecord } from '../../../cli/farm/collector.ts';
import { renderCalibration } from '../../../cli/render/calibration.ts';
import { renderLetterList, renderLetters } from '../../../cli/render/letters.ts';
import { renderLogLine } from '../../../cli/render/log-line.ts';
import { renderResults, renderTask } from '../../../cli/render/results.ts';
import { renderFarm, type FarmStatus } from '../../../cli/render/status.ts';

const noon = Date.UTC(2026, 0, 1, 12);

async function expectGolden(lines: readonly string[], name: string): Promise<void> {
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../../golden/cli/${name}.txt`);
}

const autoscaler: AutoscalerStatus = {
  state: 'running',
  episode: {
    policy: 'reactive-average',
    since: noon,
    steps: 24,
    scaling: { up: 7, down: 6, noop: 11 },
    workers: { mean: 3.456, max: 9, now: 4 },
  },
  workers: { desired: 4, granted: 4, ready: 3, active: 4 },
  queue: { input: 2, emitting: 1, waiting: 14, inFlight: 3, result: 1, deadLetters: 2 },
  observation: { arrivalRate: 7.25, qosRate: 0.9375 },
  problems: {},
};

const farm: FarmStatus = {
  url: 'http://127.0.0.1:8080',
  page: 'http://127.0.0.1:8080/function/autoscaler/',
  functions: [
    { name: 'collector', image: 'collector', replicas: 1, availableReplicas: 1, invocationCount: 0 },
    { name: 'worker', image: 'worker', replicas: 4, availableReplicas: 3, invocationCount: 12 },
  ],
  autoscaler,
  lastDecision: { at: noon, policy: 'reactive-average', outcome: 'up', because: '14 waiting need 4.00 workers' },
  problem: null,
};

const result: ResultRecord = {
  id: 'task-1',
  kind: 'image',
  payload: { name: 'a.jpg' },
  expectedServiceMs: 50,
  generatedAt: noon,
  deadlineAt: noon + 2000,
  attempts: 0,
  worker: 'worker-a1b2c3d4',
  serviceMs: 48.2,
  value: { name: 'a.jpg', width: 640, thumbnail: { bytes: 1234 } },
  collectedAt: noon + 1500,
  metDeadline: true,
};

const letter: Letter = {
  id: 'task-9',
  kind: 'image',
  payload: { name: 'photos/broken.jpg' },
  expectedServiceMs: 50,
  generatedAt: noon,
  deadlineAt: noon + 2000,
  attempts: 1,
  error: 'corrupt picture:\n\u001b[31mpremature end',
  diedAt: noon + 300,
};

describe('what commands show', () => {
  it('status', () => expectGolden(renderFarm(farm), 'status'));

  it('status of a farm that was not looked at yet', () =>
    expectGolden(
      renderFarm({
        ...farm,
        autoscaler: {
          ...autoscaler,
          queue: null,
          observation: null,
          problems: { queue: { because: 'Redis does not answer' } },
        },
        lastDecision: null,
      }),
      'status-early',
    ));

  it('status without an autoscaler', () =>
    expectGolden(
      renderFarm({ ...farm, autoscaler: null, problem: 'autoscaler: answered 503' }),
      'status-no-autoscaler',
    ));

  it('results', () =>
    expectGolden(
      renderResults({
        total: 52,
        records: [result, { ...result, id: 'task-22', metDeadline: false, collectedAt: noon + 61_000 }],
      }),
      'results',
    ));

  it('no results', () => expectGolden(renderResults({ total: 0, records: [] }), 'results-none'));

  it('one task, wherever it is', () =>
    expectGolden(
      [
        renderTask('task-1', { state: 'completed', record: result }),
        renderTask('task-9', { state: 'dead', letter }),
        renderTask('task-3', { state: 'in-flight' }),
        renderTask('task-4', { state: 'unknown' }),
      ].flatMap((lines) => [...lines, '']),
      'results-one',
    ));

  it('dead letters', () =>
    expectGolden(
      [...renderLetterList([letter]), '', ...renderLetters([letter, { ...letter, payload: null }])],
      'dead-letters',
    ));

  it('log lines', () => {
    const line = (text: string) =>
      renderLogLine({ name: 'worker', instance: 'worker-a1b2', timestamp: '2026-01-01T12:00:00.25Z', raw: '', text });
    return expectGolden(
      [
        line(
          '{"level":"info","time":"2026-01-01T12:00:00.123Z","fn":"worker","message":"serving","port":4000,"of":{"a":1}}',
        ),
        line('{"level":"error","message":"cannot","error":"two\\nlines"}'),
        line('a line of somebody else \u001b[31mred'),
        line('[1, 2]'),
        line('3'),
      ],
      'logs',
    );
  });

  it('figures of a live farm', () =>
    expectGolden(
      renderFigures({
        workers: 32,
        pssPerIdleWorkerMB: 48.91,
        idleCpuPercent: 1.234,
        enqueueToStartP99Ms: 4.56,
        coldScaleUpP95Ms: { one: 612.3, eight: 1833.7 },
        gatewayP50Ms: 0.812,
      }),
      'bench-live',
    ));

  it('a calibration', () => {
    const stagesS = { decode: 0.004, thumbnail: 0.003, compression: 0.005, metadata: 0.001, conversion: 0.002 };
    const service = { count: 10, mean: 0.0161, sd: 0.001, min: 0.015, max: 0.019, p50: 0.016, p95: 0.0187 };
    const calibration: Calibration = {
      plan: { sizesPx: [512, 1024], trials: 10, seed: 42 },
      machine: { cpu: 'A Processor', cores: 2, node: 'v24.0.0', sharp: '0.35.0' },
      model: { a: 5.1234e-8, b: 0.0025, rSquared: 0.99876, weighting: 'relative' },
      fullQuadratic: null,
      sizes: [
        { sizePx: 512, bytes: 40_000, service, stagesS, modelS: 0.0159, residualMs: 0.2, residualShare: 0.0126 },
        {
          sizePx: 1024,
          bytes: 150_000,
          service: { ...service, mean: 0.0562 },
          stagesS,
          modelS: 0.0562,
          residualMs: 0,
          residualShare: 0,
        },
      ],
      trials: [],
    };
    return expectGolden(renderCalibration(calibration), 'calibration');
  });
});
