import { readFileSync } from 'node:fs';
import { MINUTE, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import { identify, signalProcess } from '../../local/process-identity.ts';
import { farmProcesses } from '../live/processes.ts';
import type { OwnFarm } from '../own-farm.ts';

/** The farm's autoscaler function, in as many processes as it has replicas. */
export class Autoscalers {
  readonly #farm: OwnFarm;
  readonly #clock: Clock;

  constructor(farm: OwnFarm, clock: Clock) {
    this.#farm = farm;
    this.#clock = clock;
  }

  get pids(): readonly number[] {
    return farmProcesses(this.#farm.handle.pid)
      .filter(({ folder }) => folder === 'autoscaler')
      .map(({ pid }) => pid);
  }

  /** Deploys the function anew with another gateway, in so many replicas; resolves when they, and no others, are ready. */
  async deploy({ gatewayUrl, replicas }: { gatewayUrl: string; replicas: number }): Promise<void> {
    const { client } = this.#farm;
    const before = new Set(this.pids);
    const { name, envVars, ...definition } = (await client.call('GET', '/system/function/autoscaler')) as {
      name: string;
      envVars: Record<string, string>;
    };
    await client.call('PUT', '/system/functions', {
      ...{ ...definition, service: name, labels: {} },
      envVars: { ...envVars, FARM_GATEWAY_URL: gatewayUrl },
    });
    await client.call('POST', '/system/scale-function/autoscaler', { serviceName: name, replicas });
    const deadline = this.#clock.monotonic() + 2 * MINUTE;
    for (;;) {
      const { pids } = this;
      const { availableReplicas } = (await client.call('GET', '/system/function/autoscaler')) as {
        availableReplicas?: number;
      };
      const replaced = pids.every((pid) => !before.has(pid));
      if (replaced && pids.length === replicas && availableReplicas === replicas) return;
      if (this.#clock.monotonic() > deadline)
        throw new FarmhandError('START_FAILED', `${availableReplicas ?? 0} of ${replicas} autoscalers became ready`);
      await this.#clock.sleep(50);
    }
  }

  /** SIGKILL to the one that holds the lease; its process id. */
  async killLeader(): Promise<number> {
    const { redis, queue } = this.#farm;
    const holder = await redis.hget(queue.keys.leader('autoscaler'), 'holder');
    const leader = this.pids.find((pid) => instanceOf(pid) === holder);
    const identity = leader === undefined ? null : identify(leader);
    if (identity === null)
      throw new FarmhandError('INTERNAL', 'no autoscaler holds the lease, so there is none to kill');
    signalProcess(identity, 'SIGKILL');
    return identity.pid;
  }
}

/** The name that the gateway has given to a replica; null: it ended meanwhile. */
function instanceOf(pid: number): string | null {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return variables.find((line) => line.startsWith('FARM_INSTANCE='))?.slice('FARM_INSTANCE='.length) ?? null;
  } catch {
    return null;
  }
}
