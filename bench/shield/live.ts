import { Autoscaler } from '#autoscaler/loop/autoscaler.ts';
import type { Decision } from '#autoscaler/loop/decision.ts';
import { knownPopulations } from '#autoscaler/loop/known-populations.ts';
import { asShelfPolicy, type PolicyShelf } from '#autoscaler/model-store/policy-shelf.ts';
import { findPolicy } from '#autoscaler/policy/catalogue.ts';
import { GatewayClient } from '#autoscaler/scaler/gateway-client.ts';
import { GatewayScaler } from '#autoscaler/scaler/gateway-scaler.ts';
import { faultyNames, faultyPolicy, type FaultyName } from '#autoscaler/shield/faulty-policies.ts';
import { MINUTE, SECOND, type Clock } from '#shared/clock.ts';
import type { Environment, FarmConfig } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { silentLogger as log } from '#shared/log.ts';
import type { RedisFarm } from '#shared/queue/redis-farm.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import type { Workload } from '#shared/workload/workload.ts';
import type { FarmClient } from '../live/farm-client.ts';
import { startOwnFarm } from '../own-farm.ts';

/** What `farmhand bench shield --live` prints: one run each on a real farm. QoS are shares; the difference is percentage points. */
export interface LiveShieldFigures {
  readonly workload: string;
  readonly seed: number;
  readonly safe: string;
  readonly rows: readonly LiveShieldRow[];
}

export interface LiveShieldRow {
  readonly policy: string;
  readonly qos: number;
  readonly safeQos: number;
  readonly difference: number;
  readonly workers: number;
  /** Steps from the first that was faulty until the safe policy decides, that one included; null: it never had to. */
  readonly stepsToFallback: number | null;
  /** Step in which it took over. */
  readonly tookOverAt: number | null;
  /** Tasks without a record. */
  readonly lost: number;
}

export interface LiveShieldOptions {
  readonly root: string;
  readonly environment: Environment;
  readonly workload: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onStep: (sentence: string) => void;
}

const GATEWAY_TIMEOUT_MS = 5 * SECOND;
const LOOK_EVERY_MS = 200;
const PROMISED_QOS = 0.99;

/** Runs the safe policy and then each one that fails on a farm of its own, which is gone when this resolves. */
export async function benchShieldLive(options: LiveShieldOptions): Promise<LiveShieldFigures> {
  const { onStep } = options;
  await using own = await startOwnFarm(options);
  const { handle, client, config, queue } = own;
  const workload = findWorkload(options.workload, config);
  const { gatewayUser, gatewayPassword } = handle.secrets;
  const gateway = new GatewayClient({
    ...{ url: handle.url, namespace: config.gateway.namespace, timeoutMs: GATEWAY_TIMEOUT_MS },
    ...{ user: gatewayUser, password: gatewayPassword },
  });
  await client.call('POST', '/function/autoscaler/pause');
  const stage = { ...options, client, config, workload, queue, gateway };
  onStep(`${config.control.safePolicy} alone`);
  const safe = await playLive(stage, config.control.safePolicy);
  const rows: LiveShieldRow[] = [];
  for (const name of faultyNames) {
    onStep(name);
    const { qos, ...played } = await playLive(stage, name);
    rows.push({ policy: name, qos, safeQos: safe.qos, difference: 100 * (qos - safe.qos), ...played });
  }
  return { workload: workload.name, seed: config.workload.seed, safe: config.control.safePolicy, rows };
}

interface Stage extends Omit<LiveShieldOptions, 'workload'> {
  readonly client: FarmClient;
  readonly config: FarmConfig;
  readonly workload: Workload;
  readonly queue: RedisFarm;
  readonly gateway: GatewayClient;
}

/** One run of the workload under an autoscaler of ours; the farm's own one stands aside. */
async function playLive(
  stage: Stage,
  policy: string,
): Promise<Omit<LiveShieldRow, 'policy' | 'safeQos' | 'difference'>> {
  const { client, config, workload, queue, gateway, clock, signal } = stage;
  const control = { ...config.control, ...workload.control, policy };
  let orders = 0;
  const autoscaler = await Autoscaler.start(
    {
      ...{ queue: queue.observer, drain: queue.roster, sink: { append: async () => undefined }, clock, log },
      scaler: new GatewayScaler({ gateway, functionName: config.gateway.workerFunction, clock, log }),
      policies: shelf(workload.name),
      module: new URL('./faulty-thread.ts', import.meta.url),
      shield: config.shield,
      populationOf: knownPopulations(config),
      newOrder: () => `bench-${policy}-${(orders += 1)}`,
      leads: () => true,
    },
    { ...control, policy: control.safePolicy },
  );
  try {
    await autoscaler.startEpisode(control);
    const fallback = new FallbackWatch();
    autoscaler.subscribe((event) => {
      if (event.kind === 'decision') fallback.see(event.decision, autoscaler.policy.fallback.strikes > 0);
    });
    const { totals: before } = await queue.observer.read(0);
    const body = { workload: workload.name, seed: config.workload.seed, kind: workload.kind };
    const { total } = (await client.call('POST', '/function/emitter/runs', body)) as { total: number };
    const deadlineMs =
      clock.monotonic() + workload.arrivals.reduce((sum, { durationS }) => sum + durationS, 60) * SECOND + MINUTE;
    for (;;) {
      const { collected, dead, met } = (await queue.observer.read(0)).totals;
      const ended = collected - before.collected + (dead - before.dead);
      if (ended >= total) {
        const { workers } = autoscaler.episode;
        const lost = total - (collected - before.collected);
        return { qos: (met - before.met) / total, workers: workers.mean ?? 0, lost, ...fallback.found };
      }
      if (clock.monotonic() > deadlineMs)
        throw new FarmhandError('START_FAILED', `${policy}: ${ended} of ${total} tasks ended`);
      await clock.sleep(LOOK_EVERY_MS, signal);
      signal.throwIfAborted();
    }
  } finally {
    await autoscaler.stop();
  }
}

/** Rules as they are; what fails comes as a stored model, and so in a thread of its own. */
function shelf(workload: string): Pick<PolicyShelf, 'find'> {
  return {
    find: async (name, options) => {
      const faulty = faultyNames.find((known) => known === name);
      if (faulty === undefined) return asShelfPolicy(findPolicy(name, options));
      return {
        ...faultyPolicy(faulty, { hang: () => undefined }),
        model: 'sha256-faulty',
        found: storedFaulty(faulty, workload),
      };
    },
  };
}

function storedFaulty(
  name: FaultyName,
  workload: string,
): NonNullable<Awaited<ReturnType<PolicyShelf['find']>>['found']> {
  return {
    model: {
      ...{ agent: name, observationSize: 9, settings: {}, progress: null, arrays: {} },
      actions: { name: 'one', minWorkers: 1, maxWorkers: 32 },
    },
    stored: {
      ...{ id: 'sha256-faulty', name, version: 1, agent: name, createdAt: null, bytes: 0, promoted: true },
      figures: { qos: PROMISED_QOS },
      lineage: {
        data: { workload, profile: null, sha256: null, live: null },
        ...{
          source: 'import',
          reward: null,
          seed: null,
          episodes: null,
          configSha256: null,
          revision: null,
          parent: null,
        },
      },
    },
  };
}

/** Counts how long faults go on before the safe policy decides. */
class FallbackWatch {
  #faulty = 0;
  found: { stepsToFallback: number | null; tookOverAt: number | null } = { stepsToFallback: null, tookOverAt: null };

  see({ verdict, step, outcome }: Decision, corrected: boolean): void {
    // A drained scale-down is told of twice.
    if (outcome === 'draining' || this.found.tookOverAt !== null) return;
    const replaced = verdict.kind === 'replaced';
    this.#faulty = replaced || corrected ? this.#faulty + 1 : 0;
    if (replaced) this.found = { stepsToFallback: this.#faulty, tookOverAt: step };
  }
}
