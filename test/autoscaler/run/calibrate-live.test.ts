import { describe, expect, it } from 'vitest';
import { calibrateLive } from '#autoscaler/run/calibrate-live/calibrate-live.ts';
import { profileOf, type LiveTimes } from '#autoscaler/run/calibrate-live/live-calibration.ts';
import { WORKERS } from '#autoscaler/run/calibrate-live/task-times.ts';
import { timingProfileSchema } from '#autoscaler/sim/timing-profile.ts';
import { loadConfig } from '#shared/config.ts';
import { silentLogger } from '#shared/log.ts';
import { join } from 'node:path';
import { accessTo } from '../../../cli/farm/farm-access.ts';
import { clock } from '../../support/farm.ts';
import { projectRoot, startLocalFarm } from '../../support/local-farm.ts';
import { until } from '../../support/until.ts';

const provenance = { farmhand: '0.1.0', node: 'v24', gitRevision: 'unknown', sourcesSha256: '' };
const machine = { cpu: 'a CPU', cores: 2, memoryGB: 4 };
const circumstances = {
  ...provenance,
  command: 'farmhand calibrate --live',
  date: '2026-01-01',
  machine,
  loadBefore: 0,
};

const times: LiveTimes = {
  claim: [3, 1, 2],
  collect: [-0.5, 4],
  turnaround: [2],
  firstTask: [150],
  start: Array.from({ length: 41 }, (_, i) => 300 + i),
  startNext: [100, 200],
  drain: [50],
  firstObservation: [5],
  look: [3],
  read: [2],
  apply: [14.1234],
};

describe('profileOf', () => {
  it('makes tables of quantiles, from the least to the most, and never below zero', () => {
    const { profile } = profileOf(times, circumstances);
    expect(timingProfileSchema.parse(profile)).toEqual(profile);
    const start = profile.start.kind === 'quantiles' ? profile.start.ms : [];
    expect(start).toHaveLength(21);
    expect([start[0], start[1], start[10], start[20]]).toEqual([300, 302, 320, 340]);
    expect(profile.collect).toMatchObject({ ms: expect.arrayContaining([0, 4]) as number[] });
  });

  it('says where the figures are from, and how many there were of each', () => {
    const { profile, measured } = profileOf(times, circumstances);
    expect(profile.provenance).toMatchObject({
      command: 'farmhand calibrate --live',
      machine: { cores: 2 },
      measurements: { claim: 3, start: 41, drain: 1 },
      beside: { gatewayApplyMs: 14.12, firstTaskMs: 150 },
    });
    expect(measured.claim).toMatchObject({ count: 3, p50: 2, max: 3 });
  });
});

describe('calibrateLive', { timeout: 300_000 }, () => {
  it('measures a farm', async () => {
    const farm = await startLocalFarm();
    const access = accessTo(farm.handle);
    try {
      // An episode waits 25 s for its workers, which a busy machine may need longer to start.
      await farm.client.call('POST', '/function/autoscaler/pause');
      await farm.client.scaleWorkers(WORKERS);
      await until('all workers are ready', async () => (await farm.client.readyWorkers()) === WORKERS, 200_000);
      const { measured } = await calibrateLive({
        farm: access,
        config: loadConfig(join(projectRoot, 'farm.yml'), farm.environment),
        plan: { steadyS: 4, ones: 1, fours: 1 },
        ...{ provenance, command: 'test', clock, log: silentLogger, onStep: () => undefined },
        signal: new AbortController().signal,
      });
      const { claim, collect, turnaround, start, drain, firstObservation } = measured;
      expect(start.count).toBe(2);
      expect(turnaround.count).toBeGreaterThan(200);
      for (const { min, max } of [claim, collect, turnaround, start, drain, firstObservation]) {
        expect(min).toBeGreaterThanOrEqual(0);
        expect(max).toBeLessThan(30_000);
      }
      // A process is started for the one and not for the other.
      expect(start.min).toBeGreaterThan(claim.p50);
    } finally {
      await access.functions.close();
      await farm.close();
    }
  });
});
