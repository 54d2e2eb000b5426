import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { containerLimits } from '../../local/docker/container-spec.ts';
import { openDoor } from '../../local/docker/door.ts';
import { processTree } from '../../local/docker/process-tree.ts';
import { startLocalFarm, type LocalFarm } from '../support/local-farm.ts';
import { testRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { docker, hasImages, stack } from './support/docker.ts';

const LONG = 120_000;

/** A container of one image as OpenFaaS would run it, on the run's Redis. It is removed with the test. */
async function runImage(fn: string): Promise<{ id: string; address: string; pid: number }> {
  const described = stack.functions[fn]!;
  const redis = await testRedis();
  const url = new URL(redis.url);
  // Of its own: the usual bridge does not tell its gateway in every version.
  const network = `test-${redis.prefix}`;
  await docker('network', 'create', network);
  const gateway = await docker('network', 'inspect', network, '--format', '{{(index .IPAM.Config 0).Gateway}}');
  const door = await openDoor(gateway, { host: url.hostname, port: Number(url.port) });
  url.host = `${door.host}:${door.port}`;
  const secrets = temporaryFolder();
  chmodSync(secrets, 0o755);
  const values = { 'redis-url': url.href, 'farm-token': 'token', 'basic-auth-user': 'u', 'basic-auth-password': 'p' };
  for (const [name, value] of Object.entries(values)) writeFileSync(join(secrets, name), value, { mode: 0o444 });
  const environment = {
    ...described.environment,
    FARM_FARM: redis.prefix,
    FARM_GATEWAY_URL: 'http://127.0.0.1:9',
    // Shorter than the worker's 28 s: the watchdog stays for it whatever the function does.
    healthcheck_interval: '3s',
  };
  const id = await docker(
    ...['run', '--detach', '--network', network, '--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL'],
    ...[
      '--security-opt',
      'no-new-privileges',
      '--mount',
      `type=bind,src=${secrets},dst=/var/openfaas/secrets,readonly`,
    ],
    ...Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    described.image,
  );
  onTestFinished(async () => {
    await docker('rm', '--force', id);
    await docker('network', 'rm', network);
    await door.close();
    await redis.close();
  });
  const told = await docker(
    'inspect',
    id,
    '--format',
    '{{.State.Pid}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
  );
  const [pid = '', address = ''] = told.split(' ');
  return { id, address, pid: Number(pid) };
}

/** The lines of /proc/<pid>/status that say who a process is and what it may do. */
function rights(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, 'latin1').matchAll(
    /^(Uid|Gid|CapEff|CapBnd|NoNewPrivs):\s+(\S+)/gm,
  );
  return Object.fromEntries([...lines].map(([, name, value]) => [name!, value!]));
}

async function statusOf(address: string, path: string): Promise<number | null> {
  return await fetch(`http://${address}:8080${path}`).then(
    (response) => response.status,
    () => null,
  );
}

describe.skipIf(!hasImages())('real images', { timeout: LONG }, () => {
  test.each(Object.keys(stack.functions))(
    '%s: ready on a read-only root as user 12000 without rights, and exit code 0 on docker stop',
    async (fn) => {
      const { id, address, pid } = await runImage(fn);
      await until('it is ready', async () => (await statusOf(address, '/_/ready')) === 200, LONG);
      expect(await statusOf(address, '/_/health')).toBe(200);
      const nobody = { Uid: '12000', Gid: '12000', CapEff: '0'.repeat(16), CapBnd: '0'.repeat(16), NoNewPrivs: '1' };
      const tree = processTree(pid);
      expect(tree).toHaveLength(2); // of-watchdog and the function
      for (const each of tree) expect(rights(each)).toEqual(nobody);
      await expect(docker('exec', id, 'touch', '/home/app/new')).rejects.toThrow('Read-only file system');
      await expect(docker('exec', id, 'touch', '/var/openfaas/secrets/new')).rejects.toThrow('Read-only file system');

      const ended = docker('wait', id);
      await docker('stop', '--time', '60', id);
      expect(await ended).toBe('0');
      const log = await docker('logs', id);
      expect(log).toContain('"cause":"SIGTERM"');
      expect(log).not.toContain('"level":"error"');
    },
  );
});

const record = z.object({
  record: z.object({ worker: z.string(), attempts: z.int() }).optional(),
});

describe.skipIf(!hasImages())('a farm of real containers', { timeout: LONG }, () => {
  const own = async (): Promise<LocalFarm> => {
    const farm = await startLocalFarm({ FARM_LOCAL_RUNTIME: 'docker', FARM_LOCAL_MAXREPLICAS: '6' });
    onTestFinished(() => farm.close());
    return farm;
  };
  const containersOf = async (fn: string): Promise<string[]> =>
    (await docker('ps', '--quiet', '--no-trunc', '--filter', `label=farmhand.function=${fn}`))
      .split('\n')
      .filter(Boolean);

  test('the limits of stack.yml hold', async () => {
    await own();
    for (const [fn, { limits }] of Object.entries(stack.functions)) {
      const [id] = await containersOf(fn);
      const told = await docker(
        'inspect',
        id!,
        '--format',
        '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.ReadonlyRootfs}}',
      );
      const { Memory, NanoCpus } = containerLimits({ service: fn, image: '', limits });
      expect(told).toBe(`${Memory!} ${NanoCpus!} true`);
    }
  });

  test('a worker that is stopped with a task in hand finishes it, and it is done once', async () => {
    const farm = await own();
    await farm.client.call('POST', '/function/autoscaler/pause');
    const task = { id: 'in-hand', kind: 'calibrated', payload: { serviceMs: 4000 }, expectedServiceMs: 4000 };
    await farm.client.call('POST', '/function/emitter/tasks', [task]);
    const worker = await until('a worker has it', async () => (await farm.claims())['in-hand'], LONG);
    const ids = await containersOf('worker');
    await Promise.all(ids.map((id) => docker('stop', '--time', '60', id)));
    const result = await until(
      'its result is collected',
      async () => {
        const answer = await farm.client.call('GET', '/function/collector/results/in-hand').catch(() => null);
        const parsed = record.safeParse(answer);
        return parsed.data?.record === undefined ? null : parsed.data;
      },
      LONG,
    );
    expect(worker).toContain(result.record!.worker);
    // Claims without a result.
    expect(result.record!.attempts).toBe(0);
  });

  test('the workload quick: nothing is lost or done twice, while workers are added and taken away', async () => {
    const farm = await own();
    await farm.client.call('POST', '/function/autoscaler/pause');
    await farm.client.call('POST', '/function/emitter/runs', { workload: 'quick' });
    const containers = new Set<string>();
    for (const workers of [4, 1, 3, 1]) {
      await farm.client.scaleWorkers(workers);
      await until(
        `${workers} containers run`,
        async () => {
          const ids = await containersOf('worker');
          for (const id of ids) containers.add(id);
          return ids.length === workers;
        },
        LONG,
      );
    }
    const stats = z.object({ totals: z.object({ collected: z.int() }).loose(), deadLetters: z.int() }).loose();
    const seen = await until(
      'all results are in',
      async () => {
        const told = stats.safeParse(await farm.client.call('GET', '/function/collector/stats'));
        return told.data !== undefined && told.data.totals.collected + told.data.deadLetters >= 56 ? told.data : null;
      },
      LONG,
    );
    expect([seen.totals.collected, seen.deadLetters]).toEqual([56, 0]);
    expect(containers.size).toBeGreaterThanOrEqual(6);
  });
});
