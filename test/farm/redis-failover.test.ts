import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startRedisWithReplica, type RedisWithReplica } from '../../chaos/redis/redis-with-replica.ts';
import { makeCertificates } from '../support/certificates.ts';
import { clock } from '../support/farm.ts';
import { startLocalFarm, type LocalFarm } from '../support/local-farm.ts';
import { redisProgram } from '../support/redis-program.ts';
import { until } from '../support/until.ts';

/** A whole farm, every process of it, on a Redis behind Sentinel and TLS. */
async function farmOnPair(): Promise<{ farm: LocalFarm; pair: RedisWithReplica }> {
  const folder = mkdtempSync(join(tmpdir(), 'farmhand-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const program = await redisProgram();
  const { ca, cert, key } = await makeCertificates(folder);
  const tls = { ca, cert, key };
  const pair = await startRedisWithReplica({ program, folder, append: 'everysec', clock, tls, sentinels: 1 });
  onTestFinished(() => pair.stop());
  const farm = await startLocalFarm({ REDIS_URL: pair.url });
  onTestFinished(() => farm.close());
  await farm.client.call('POST', '/function/autoscaler/pause');
  await farm.client.scaleWorkers(3);
  return { farm, pair };
}

/** Submits as a careful client does: again and again, under the same ids, until the answer is there. */
async function submit(farm: LocalFarm, name: string, count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, (_, index) => `${name}-${index}`);
  const tasks = ids.map((id) => ({ id, kind: 'calibrated', payload: { serviceMs: 100 }, expectedServiceMs: 100 }));
  await until(
    'the emitter takes them',
    () =>
      farm.client.call('POST', '/function/emitter/tasks', tasks).then(
        () => true,
        () => false,
      ),
    20_000,
  );
  return ids;
}

async function expectEachOnce(farm: LocalFarm, ids: readonly string[]): Promise<void> {
  const { archive, observer } = farm.queue;
  await until(
    'all is collected',
    async () => (await archive.records({ offset: 0, limit: 1 })).total >= ids.length,
    30_000,
  ).catch(async (error: unknown) => {
    throw new Error(`of ${ids.length} tasks: ${JSON.stringify(await observer.read(1_000))}`, { cause: error });
  });
  const { records } = await archive.records({ offset: 0, limit: 10_000 });
  expect(records.map(({ id }) => id).sort()).toEqual([...ids].sort());
  const reading = await observer.read(1_000);
  expect(reading).toMatchObject({ waiting: 0, inFlight: 0, result: 0, deadLetters: 0 });
}

describe('a farm whose Redis fails over', () => {
  it('finishes every task once, and its waiting functions go on', async () => {
    const { farm, pair } = await farmOnPair();
    const ids = [...(await submit(farm, 'before', 30))];
    await pair.killPrimary();
    ids.push(...(await submit(farm, 'killed', 30)));
    await expectEachOnce(farm, ids);
    await pair.heal();
    // Everybody is idle, in a blocking wait on a primary that stops answering and does not hang up.
    await pair.freezePrimary();
    ids.push(...(await submit(farm, 'frozen', 30)));
    await expectEachOnce(farm, ids);

    const logs = join(farm.environment['FARM_STATE_DIR']!, 'logs');
    const said = readdirSync(logs).map((name) => readFileSync(join(logs, name), 'utf8'));
    expect(said.join('')).toContain('Redis is back');
    expect(said.join('')).not.toContain(/:([^:@]+)@/.exec(pair.url)![1]);
  }, 90_000);
});
