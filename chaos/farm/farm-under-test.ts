import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '#shared/clock.ts';
import { loadConfig, type Environment, type FarmConfig } from '#shared/config.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import { silentLogger } from '#shared/log.ts';
import { ensureFarm } from '../../local/launcher.ts';
import { getRedis } from '../../local/redis/get-redis.ts';
import { Releases } from '../../local/releases.ts';
import { stateFolder } from '../../local/state-folder.ts';
import { stopFarm } from '../../local/stop-farm.ts';
import { inTime } from '../in-time.ts';
import { instrumentOptions, isLoaded, makeInstrumentLayout, type InstrumentLayout } from '../instrument/layout.ts';
import type { AppendMode } from '../redis/append-mode.ts';
import { processesOf, type FarmProcesses } from './farm-processes.ts';
import { httpClient, type HttpClient } from './http-client.ts';
import { startStore, type Store, type StoreKind } from './store.ts';

/** A whole farm of its own: Redis, a proxy before it, gateway, and functions with the instrument loaded. */
export interface FarmUnderTest {
  readonly aof: AppendMode;
  readonly store: Store;
  /** Of the harness's own way to Redis. A secret. */
  readonly watchUrl: string;
  readonly http: HttpClient;
  readonly processes: FarmProcesses;
  readonly instrument: InstrumentLayout;
  readonly config: FarmConfig;
  /** Workers that the autoscaler keeps. */
  readonly workers: number;
  /** Ends all of it, whatever state it is in, and removes its folder. Idempotent. */
  stop(): Promise<void>;
}

export interface FarmUnderTestOptions {
  readonly root: string;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onStep: (sentence: string) => void;
  readonly aof: AppendMode;
  readonly store: StoreKind;
  readonly workers: number;
  /** Records that output keeps: more than the run makes, so that nothing is judged that was thrown away. */
  readonly retainRecords: number;
}

/** Short, so that a frozen worker's task is given to another one within a fault's time. */
const LEASE_S = 2;
const INSTRUMENTED = ['emitter', 'worker', 'collector', 'autoscaler'];
const READY_WITHIN_MS = 60_000;
const STARTED_WITHIN_MS = 180_000;
/** Over what a farm takes that has to be killed in the end. */
const STOPPED_WITHIN_MS = 150_000;

/** What does not stop is told, and not waited for for ever. */
class TimedReleases extends Releases {
  readonly #clock: Clock;

  constructor({ clock, onStep }: Pick<FarmUnderTestOptions, 'clock' | 'onStep'>) {
    const tell = (fields: object, message: string): void =>
      onStep(`${message}: ${coerceError((fields as { error?: unknown }).error).message}`);
    super({ ...silentLogger, error: tell });
    this.#clock = clock;
  }

  override add(what: string, stop: () => Promise<void>): void {
    super.add(what, () => inTime(`stopping the ${what}`, stop(), { clock: this.#clock, withinMs: STOPPED_WITHIN_MS }));
  }
}

/** Throws what a part throws: REDIS_MISSING, START_FAILED, ... */
export async function startFarmUnderTest(options: FarmUnderTestOptions): Promise<FarmUnderTest> {
  const releases = new TimedReleases(options);
  try {
    return await start(options, releases);
  } catch (thrown) {
    await releases.release();
    throw thrown;
  }
}

async function start(options: FarmUnderTestOptions, releases: Releases): Promise<FarmUnderTest> {
  const { root, clock, signal, onStep, aof, workers, store: kind } = options;
  const folder = mkdtempSync(join(tmpdir(), 'farmhand-chaos-'));
  releases.add('folder', async () => rmSync(folder, { recursive: true, force: true }));
  onStep(`starts a Redis of its own (${kind}, append-only file: ${aof})`);
  const own = stateFolder({ root, environment: {} });
  const program = await getRedis({ folder: own.redisProgram, path: options.environment['PATH'], onStep });
  const redis = { program, folder: join(folder, 'redis'), append: aof, clock };
  const { store, farmUrl, watchUrl } = await startStore(kind, redis, releases);

  const environment: Environment = {
    ...options.environment,
    ...overrides(options),
    REDIS_URL: farmUrl,
    FARM_STATE_DIR: join(folder, 'state'),
    FARM_FARM: `chaos-${process.pid}`,
  };
  onStep('starts the farm');
  releases.add('farm', async () => {
    await stopFarm({ root, environment, clock });
  });
  const starting = ensureFarm({ root, environment, tied: true, clock, signal });
  const { farm } = await inTime('the start of the farm', starting, { clock, withinMs: STARTED_WITHIN_MS });
  const http = httpClient(farm);
  releases.add('client', () => http.close());
  const instrument = makeInstrumentLayout(join(folder, 'instrument'));
  onStep('loads the instrument into every function');
  for (const fn of INSTRUMENTED) await redeploy(http, fn, instrumentOptions(join(folder, 'instrument')));
  const processes = processesOf(farm.pid);
  onStep(`waits for ${workers} workers`);
  await untilReady({ http, processes, instrument, workers }, { clock, signal });
  const config = loadConfig(environment['FARM_FILE'] ?? join(root, 'farm.yml'), environment);
  return { aof, store, watchUrl, http, processes, instrument, config, workers, stop: () => releases.release() };
}

/** A static pool that the autoscaler restores within a step of any disturbance, also after its own death. */
function overrides({ workers, retainRecords }: FarmUnderTestOptions): Record<string, string> {
  return {
    FARM_LOCAL_PORT: '0',
    FARM_QUEUE_LEASES: String(LEASE_S),
    FARM_QUEUE_RETAINRECORDS: String(retainRecords),
    FARM_CONTROL_POLICY: `static-${workers}`,
    FARM_CONTROL_INITIALWORKERS: String(workers),
    FARM_CONTROL_STEPDURATIONS: '1',
    FARM_CONTROL_OBSERVATIONWINDOWS: '2',
    FARM_CONTROL_MAXSCALINGSTEP: '31',
  };
}

/** Deploys the function as it stands once more, with NODE_OPTIONS: the gateway then replaces its replicas. */
async function redeploy(http: HttpClient, fn: string, nodeOptions: string): Promise<void> {
  const { body } = await http.call('GET', `/system/function/${fn}`);
  const { name, envVars, ...deployment } = body as { name: string; envVars?: Record<string, string> };
  const answer = await http.call('PUT', '/system/functions', {
    body: { ...deployment, service: name, envVars: { ...envVars, NODE_OPTIONS: nodeOptions } },
  });
  if (answer.status >= 300)
    throw new FarmhandError(
      'GATEWAY_REFUSED',
      `deploying ${fn} again: ${answer.status} ${JSON.stringify(answer.body)}`,
    );
}

/** Every function is ready, and no process is left that began without the instrument. */
async function untilReady(
  farm: Pick<FarmUnderTest, 'http' | 'processes' | 'instrument' | 'workers'>,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  const deadline = clock.monotonic() + READY_WITHIN_MS;
  for (const fn of INSTRUMENTED) {
    const wanted = fn === 'worker' ? farm.workers : 1;
    for (;;) {
      const { body } = await farm.http.call('GET', `/system/function/${fn}`);
      const { availableReplicas = 0 } = body as { availableReplicas?: number };
      const pids = farm.processes.of(fn);
      const loaded = pids.every((pid) => isLoaded(farm.instrument, pid));
      if (loaded && pids.length === wanted && availableReplicas === wanted) break;
      if (clock.monotonic() > deadline)
        throw new FarmhandError(
          'START_FAILED',
          `${fn}: ${availableReplicas} of ${wanted} replicas became ready within ${READY_WITHIN_MS / 1000} s, in ` +
            `${pids.length} processes, ${loaded ? 'all' : 'not all'} with the instrument; is the machine busy?`,
        );
      await clock.sleep(50, signal);
      signal.throwIfAborted();
    }
  }
}
