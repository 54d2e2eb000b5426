import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { processEnvironment } from '#shared/config.ts';
import { farmKeys } from '#shared/queue/keys.ts';
import { runChaos, type ChaosOptions } from '../../chaos/chaos.ts';
import { NOTHING } from '../../chaos/check/bounds.ts';
import { chooseFaults } from '../../chaos/faults/catalogue.ts';
import { NoVictim, type Fault } from '../../chaos/faults/fault.ts';
import type { ChaosReport } from '../../chaos/report.ts';
import { clock } from '../support/farm.ts';
import { projectRoot } from '../support/local-farm.ts';

/** 2 s are promised; a machine that runs other tests at the same time is given more. */
const RECOVERY_LIMIT_MS = 6_000;

async function chaos(options: Pick<ChaosOptions, 'tasks' | 'kinds'> & Partial<ChaosOptions>): Promise<ChaosReport> {
  return await runChaos({
    ...{ root: projectRoot, environment: processEnvironment(), clock, signal: new AbortController().signal },
    ...{ onStep: () => undefined, onProgress: () => undefined },
    ...{ seed: '4', aof: 'always', store: 'single', workers: 5, durationS: null },
    faults: options.kinds.length,
    ...options,
  });
}

function expectKept(report: ChaosReport): void {
  expect(report.broken.filter((sentence) => !sentence.startsWith('recovery'))).toEqual([]);
  expect(report.recoveryP99Ms ?? 0).toBeLessThan(RECOVERY_LIMIT_MS);
}

describe('a farm of real processes', () => {
  it('loses and repeats nothing under every kind of fault', async () => {
    const kinds = chooseFaults([], 'single');
    const report = await chaos({ tasks: 2_000, kinds });
    expectKept(report);
    expect(report).toMatchObject({ lost: 0, duplicated: 0, unexpected: 0, unfinished: 0, refused: 1, deadLettered: 1 });
    expect(report.faults).toEqual(Object.fromEntries(kinds.map(({ kind }) => [kind, 1])));
    expect(report.submitted).toBe(report.completed + report.deadLettered);
    expect(report.completed).toBeGreaterThan(1_500);
  }, 240_000);

  it('loses at most what the replica lacked when Redis fails over', async () => {
    const kinds = chooseFaults(['primary-failed-over', 'primary-killed', 'primary-frozen'], 'replicated');
    const report = await chaos({ tasks: 600, kinds, store: 'replicated', workers: 3, durationS: 15 });
    expectKept(report);
    expect(report.lost).toBe(report.withinBound.lost);
    expect(report.faults).toEqual({ 'primary-failed-over': 1, 'primary-killed': 1, 'primary-frozen': 1 });
  }, 240_000);

  it('that does lose and repeat something is found out', async () => {
    const report = await chaos({ tasks: 300, kinds: [saboteur], workers: 2, durationS: 3 });
    expect(report).toMatchObject({ kept: false, duplicated: 1 });
    expect(report.lost + report.unfinished).toBe(1);
    expect(report.broken).toHaveLength(2);
  }, 120_000);
});

/** Does what no fault may do: puts a record into output once more, and takes a result away while the collector cannot look. */
const saboteur: Fault = {
  kind: 'saboteur',
  what: 'a hand in the till',
  bound: () => NOTHING,
  uses: [],
  async inject({ farm, clock: time }) {
    const keys = farmKeys(farm.config.farm);
    const redis = new Redis(farm.watchUrl);
    const collector = farm.processes.of('collector')[0] ?? 0;
    try {
      const collected = await redis.lindex(keys.output, 0);
      if (collected === null) throw new NoVictim('record');
      await redis.rpush(keys.output, collected);
      farm.processes.signal(collector, 'SIGSTOP');
      while ((await redis.lpop(keys.result)) === null) await time.sleep(5);
    } finally {
      farm.processes.signal(collector, 'SIGCONT');
      redis.disconnect();
    }
  },
};
