import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Pool } from 'undici';
import type { Clock } from '#shared/clock.ts';
import { smallProcess } from '../../local/small-process.ts';
import { quantile } from './statistics.ts';

const WARM_UP = 200;
const REQUESTS = 1_000;

/**
 * What the gateway adds to a request: median time of GET /function/demo through it, less the median of the same request to a
 * process of the same function, one request at a time, in turns. ms.
 */
export async function measureGateway(options: {
  root: string;
  gatewayUrl: string;
  clock: Clock;
  environment: NodeJS.ProcessEnv;
}): Promise<number> {
  const { root, gatewayUrl, clock, environment } = options;
  const direct = spawn(process.execPath, [...smallProcess.flags, 'index.ts'], {
    cwd: join(root, 'build', 'demo'),
    env: { ...environment, ...smallProcess.environment, PORT: '0', FARM_FUNCTION: 'demo', FARM_LOGLEVEL: 'silent' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const pools: Pool[] = [];
  try {
    const [{ port }] = (await once(direct, 'message')) as [{ port: number }];
    const paths = [
      { pool: new Pool(gatewayUrl, { connections: 1 }), path: '/function/demo', times: [] as number[] },
      { pool: new Pool(`http://127.0.0.1:${port}`, { connections: 1 }), path: '/', times: [] as number[] },
    ];
    pools.push(...paths.map(({ pool }) => pool));
    for (let i = 0; i < WARM_UP + REQUESTS; i += 1) {
      for (const { pool, path, times } of paths) {
        const startedAt = clock.monotonic();
        const { body } = await pool.request({ method: 'GET', path });
        await body.dump();
        if (i >= WARM_UP) times.push(clock.monotonic() - startedAt);
      }
    }
    const [through = NaN, alone = NaN] = paths.map(({ times }) => quantile(times, 0.5));
    return through - alone;
  } finally {
    await Promise.all(pools.map((pool) => pool.close()));
    direct.kill('SIGKILL');
  }
}
