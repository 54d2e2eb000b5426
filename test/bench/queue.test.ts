import { describe, expect, it } from 'vitest';
import { processEnvironment } from '#shared/config.ts';
import { defaultConfig } from '#shared/config-overrides.ts';
import { benchQueue } from '../../bench/queue.ts';
import type { QueuePlan } from '../../bench/queue/plan.ts';
import { renderQueueBench } from '../../cli/render/queue-bench.ts';
import { clock } from '../support/farm.ts';
import { projectRoot } from '../support/local-farm.ts';

/** Enough for every figure to come about, and too little to mean anything. */
const tiny: QueuePlan = {
  settings: [
    { concurrency: 4, payloadBytes: 200, aof: 'off', batches: [1, 8] },
    { concurrency: 1, payloadBytes: 2_000, aof: 'always', batches: [1] },
  ],
  rounds: 2,
  turnMs: 90,
  memoryTasks: 400,
  idleTasks: 10,
};

const bench = (signal = new AbortController().signal) => {
  const environment = processEnvironment();
  const said: string[] = [];
  const figures = benchQueue({
    ...{ root: projectRoot, environment, config: defaultConfig, plan: tiny, clock, signal },
    onStep: (sentence) => said.push(sentence),
  });
  return { figures, said };
};

const positive: unknown = expect.toSatisfy((value: unknown) => typeof value === 'number' && value > 0, 'over 0');

/** CPU time comes in ticks of 10 ms on some systems. */
const notNegative: unknown = expect.toSatisfy((value: unknown) => typeof value === 'number' && value >= 0, '0 or more');

describe('bench queue', () => {
  it('measures both queues in each setting', async () => {
    const { figures: promised, said } = bench();
    const figures = await promised;
    const speeds = { farmhandPerS: positive, peerPerS: positive, ratio: positive };
    const pairing = { ...speeds, redisCpuPerTaskUs: { farmhand: notNegative, peer: notNegative } };
    const row = { ...pairing, wholeWay: pairing };
    expect(figures.rows).toMatchObject([
      { concurrency: 4, batch: 1, payloadBytes: 200, aof: 'off', ...row },
      { concurrency: 4, batch: 8, payloadBytes: 200, aof: 'off', ...row },
      { concurrency: 1, batch: 1, payloadBytes: 2_000, aof: 'always', ...row },
    ]);
    for (const { ratio, ratioSpread } of figures.rows.flatMap((figure) => [figure, figure.wholeWay])) {
      expect(ratioSpread?.lowest).toBeLessThanOrEqual(ratio ?? 0);
      expect(ratioSpread?.highest).toBeGreaterThanOrEqual(ratio ?? Infinity);
    }
    const waits = { p50Ms: positive, p99Ms: positive };
    expect(figures).toMatchObject({
      ...{ idleP99Ms: figures.idle.farmhand.p99Ms, idle: { farmhand: waits, peer: waits } },
      ...{ memoryRatio: positive, memoryMBPer100k: { farmhand: positive, peer: positive } },
      peer: { name: 'bullmq', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as unknown },
      ...{ redis: expect.stringMatching(/^\d+\.\d+/) as unknown, rounds: 2, seconds: positive },
    });
    // A waiting task of 200 bytes takes its payload, and less than a kilobyte more.
    expect(figures.memoryMBPer100k.farmhand).toBeGreaterThan(20);
    expect(figures.memoryMBPer100k.farmhand).toBeLessThan(120);
    expect(said).toContain('1 of 2: 4 at once, 200 bytes, append-only file off');
    const text = renderQueueBench(figures);
    expect(text[0]).toMatch(/^at once +a claim +bytes +AOF +farmhand\/s +bullmq\/s +ratio/);
    expect(text.slice(1, 4).map((line) => line.trim().split(/ +/).slice(0, 4).join(' '))).toEqual([
      '4 1 200 off',
      '4 8 200 off',
      '1 1 2000 always',
    ]);
  }, 90_000);

  it('stops when it is told to, and leaves no server behind', async () => {
    const stop = new AbortController();
    const { figures } = bench(stop.signal);
    stop.abort(new Error('enough'));
    await expect(figures).rejects.toThrow('enough');
  }, 90_000);
});
