import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRecordings } from '#autoscaler/run/validate/recordings.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'farmhand-recordings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const episode = {
  episode: 1,
  rewards: [5.4, 3.8],
  qos_rates: [1, 0.95],
  worker_counts: [12, 13],
  actions: [1, 2],
  queue_lengths: [0, 4],
  avg_times: [1.5, 1.7],
  max_times: [2.9, 3.1],
  arrival_rates: [2.2, 6.4],
  summary: { final_qos_total: 0.97, mean_workers: 12.5, max_workers: 13, scaling_actions: 1 },
};
const meta = {
  step_duration_s: 8,
  max_steps: 30,
  initial_workers: 12,
  expected_tasks: 1140,
  action_codes: { '0': -1, '1': 0, '2': 1 },
};

function written(document: unknown): string {
  const file = join(folder, 'recordings.json');
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document));
  return file;
}

describe('recordings', () => {
  it('are read with their action codes resolved; what a replay does not need is left alone', () => {
    const file = written({ meta, agents: { SARSA: { episodes: [episode] } }, training: 'whatever' });
    expect(readRecordings(file)).toEqual({
      stepDurationS: 8,
      maxSteps: 30,
      initialWorkers: 12,
      expectedTasks: 1140,
      agents: [
        {
          agent: 'SARSA',
          episodes: [
            {
              episode: 1,
              finalQos: 0.97,
              meanWorkers: 12.5,
              maxWorkers: 13,
              steps: [
                {
                  action: 0,
                  workers: 12,
                  queue: 0,
                  qos: 1,
                  avgTimeS: 1.5,
                  maxTimeS: 2.9,
                  arrivalRate: 2.2,
                  reward: 5.4,
                },
                {
                  action: 1,
                  workers: 13,
                  queue: 4,
                  qos: 0.95,
                  avgTimeS: 1.7,
                  maxTimeS: 3.1,
                  arrivalRate: 6.4,
                  reward: 3.8,
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it.each([
    ['no JSON', '{', /recordings\.json: cannot be read/],
    ['a list', [1, 2], /the document: expected a section with meta and agents, got \[1,2\]/],
    ['no agents', { meta }, /agents: expected agents by name/],
    [
      'an agent without episodes',
      { meta, agents: { A: { episodes: [] } } },
      /agents\.A\.episodes: expected at least one/,
    ],
    [
      'series of different lengths',
      { meta, agents: { A: { episodes: [{ ...episode, qos_rates: [1] }] } } },
      /agents\.A\.episodes\.0\.qos_rates\.length: expected as many values as actions \(2\), got 1/,
    ],
    [
      'an unknown action code',
      { meta, agents: { A: { episodes: [{ ...episode, actions: [1, 7] }] } } },
      /action 7: meta\.action_codes has 0, 1, 2 only/,
    ],
    [
      'a step of no time',
      { meta: { ...meta, step_duration_s: 0 }, agents: {} },
      /meta\.step_duration_s: expected a time/,
    ],
  ])('with %s are refused', (_name, document, message) => {
    expect(() => readRecordings(written(document))).toThrow(message);
  });
});
