import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MINUTE } from '#shared/clock.ts';
import { writeSkew } from '../../chaos/instrument/clock-skew.ts';
import { instrumentOptions, makeInstrumentLayout } from '../../chaos/instrument/layout.ts';
import { assemble } from '../../scripts/assemble.ts';
import { openTestFarm, type TestFarm } from '../support/farm.ts';
import { projectRoot } from '../support/local-farm.ts';
import { until } from '../support/until.ts';
import { FunctionProcess } from '../template/function-process.ts';

const workload = {
  name: 'short',
  kind: 'calibrated',
  control: { stepDurationS: 1, observationWindowS: 2, initialWorkers: 2, maxSteps: 10 },
  arrivals: [{ name: 'one', durationS: 2, rate: { pattern: 'steady', perS: 20 } }],
  emission: 'poisson',
  service: { meanS: 0.04, shape: 4, minSizePx: 512, maxSizePx: 4096, model: { a: 1.7e-8, b: 0.0001 } },
};

const cases = [
  { name: 'ten minutes back', skewMs: -10 * MINUTE },
  { name: 'ten minutes forwards', skewMs: 10 * MINUTE },
];

it.each(cases)(
  'an emitter whose clock jumps $name emits a phase over its own time',
  async ({ skewMs }) => {
    assemble({ root: projectRoot, functions: ['emitter'] });
    const farm = await openTestFarm();
    const folder = mkdtempSync(join(tmpdir(), 'farmhand-test-'));
    const layout = makeInstrumentLayout(folder);
    writeFileSync(join(folder, 'redis-url'), farm.url);
    writeFileSync(join(folder, 'farm-token'), 'test-token');
    await using emitter = new FunctionProcess(join(projectRoot, 'build', 'emitter'), {
      FARM_SECRETS_DIR: folder,
      FARM_FARM: farm.config.farm,
      FARM_FUNCTION: 'emitter',
      NODE_OPTIONS: instrumentOptions(folder),
    });
    try {
      await until('it is ready', async () => (await emitter.request('/_/ready')).status === 200);
      writeSkew(layout.skews, { pid: emitter.child.pid!, ms: skewMs });
      emitter.child.kill('SIGUSR2');
      const headers = { authorization: 'Bearer test-token', 'content-type': 'application/json' };
      const body = JSON.stringify({ workload });
      const { run, total } = (await emitter.request('/runs', { method: 'POST', headers, body })).body as {
        run: string;
        total: number;
      };
      const emitted = async (): Promise<number> => Number(await farm.redis.hget(farm.keys.progress, run));
      await until('some are emitted', async () => (await emitted()) > 0);
      await until('all are emitted', async () => (await emitted()) === total);
      const times = await emissionTimes(farm);
      expect(times).toHaveLength(total);
      // Two seconds of arrivals, less a pause of the machine before the first.
      expect(times.at(-1)! - times[0]!).toBeGreaterThan(700);
    } finally {
      await farm.close();
      rmSync(folder, { recursive: true });
    }
  },
  90_000,
);

/** When each task was emitted, Redis TIME in ms, in order. */
async function emissionTimes({ source }: TestFarm): Promise<readonly number[]> {
  const times: number[] = [];
  for (let sequence = 1; ; sequence += 1) {
    const reply = await source.claim({ worker: 'w', sequence });
    if (reply.kind !== 'tasks') return times.sort((a, b) => a - b);
    times.push(...reply.claims.map(({ task }) => task.generatedAt));
  }
}
