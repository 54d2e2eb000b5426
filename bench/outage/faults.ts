import { SECOND, type Clock } from '#shared/clock.ts';
import { administer } from '../../chaos/redis/redis-server.ts';
import type { Autoscalers } from './autoscalers.ts';
import type { GatewayProxy } from './gateway-proxy.ts';
import type { OutagePlan } from './plan.ts';

export interface FaultyFarm {
  readonly plan: OutagePlan;
  readonly proxy: GatewayProxy;
  readonly autoscalers: Autoscalers;
  /** A secret. */
  readonly redisUrl: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Something that goes wrong, and is over when `inject` resolves. */
export interface OutageFault {
  readonly name: string;
  /** Scaling goes on while it lasts, so afterwards there is something to do only if the load changes again. */
  readonly scalesOn: boolean;
  /** Resolves with the process that it has killed, if any. */
  inject(farm: FaultyFarm): Promise<number | null>;
}

export function outageFaults({ clamp, slowMs }: OutagePlan): readonly OutageFault[] {
  return [
    ailing('gateway answers 500', { failing: true }, ({ failingS }) => failingS),
    ailing(`gateway grants ${clamp} at most`, { clamp }, ({ clampedS }) => clampedS),
    { ...ailing(`gateway needs ${slowMs / SECOND} s per call`, { slowMs }, ({ slowS }) => slowS), scalesOn: true },
    {
      name: 'Redis restarts',
      scalesOn: false,
      async inject({ redisUrl, clock, signal }) {
        const before = await runOf(redisUrl);
        // It never answers: the connection ends. The farm starts it again on its append-only file.
        await administer(redisUrl, (redis) => redis.shutdown()).catch(() => undefined);
        for (let now = before; now === before || now === null; now = await runOf(redisUrl)) {
          await clock.sleep(20, signal);
          signal.throwIfAborted();
        }
        return null;
      },
    },
    {
      name: 'leader is killed',
      scalesOn: false,
      inject: ({ autoscalers }) => autoscalers.killLeader(),
    },
  ];
}

const WELL = { failing: false, clamp: null, slowMs: 0 };

function ailing(
  name: string,
  ailment: Partial<GatewayProxy['ailments']>,
  lastsS: (plan: OutagePlan) => number,
): OutageFault {
  return {
    name,
    scalesOn: false,
    async inject({ proxy, plan, clock, signal }) {
      Object.assign(proxy.ailments, ailment);
      await clock.sleep(lastsS(plan) * SECOND, signal);
      Object.assign(proxy.ailments, WELL);
      return null;
    },
  };
}

/** Another one for each start of the server; null: it does not answer. */
async function runOf(redisUrl: string): Promise<string | null> {
  try {
    const info = await administer(redisUrl, (redis) => redis.info('server'));
    return /^run_id:(\w+)/m.exec(info)?.[1] ?? null;
  } catch {
    return null;
  }
}
