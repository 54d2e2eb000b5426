import type { Requirement } from '../requirement.ts';
import { demand, NotApplicable } from '../unmet.ts';
import type { Trial } from '../trial.ts';

const min = 'com.openfaas.scale.min';
const max = 'com.openfaas.scale.max';
const factor = 'com.openfaas.scale.factor';

/** How many replicas a function has, and who changes it. */
export const scaling: readonly Requirement[] = [
  {
    name: 'scale minimum',
    async check(trial) {
      const service = await trial.deployReady({ labels: { [min]: '2' } });
      const { replicas, availableReplicas } = await trial.status(service);
      demand(
        replicas === 2 && availableReplicas === 2,
        `expected 2 of 2 ready, got ${availableReplicas} of ${replicas}`,
      );
    },
  },
  {
    name: 'scale by request',
    async check(trial) {
      const service = await trial.deployReady();
      for (const replicas of [3, 2]) {
        await trial.scale(service, replicas);
        await trial.until(`${replicas} replicas are ready`, trial.options.readyWithinMs, async () => {
          const status = await trial.status(service);
          return status.replicas === replicas && status.availableReplicas === replicas;
        });
      }
    },
  },
  {
    name: 'scale not found',
    async check(trial) {
      const service = trial.name();
      const body = { serviceName: service, replicas: 1 };
      const { status } = await trial.api.call(`/system/scale-function/${service}`, { method: 'POST', body });
      demand(status === 404 || status === 500, `expected 404 (or 500, as faas-netes), got ${status}`);
    },
  },
  {
    name: 'scale from zero on invoke',
    async check(trial) {
      const service = await trial.deployReady();
      await trial.scale(service, 0);
      // Community Edition accepts, and keeps one.
      const { replicas } = await trial.status(service);
      if (replicas > 0) throw new NotApplicable(`asked for 0 replicas, the gateway keeps ${replicas}`);
      await trial.until('no replica is left', trial.options.readyWithinMs, async () => {
        return (await trial.status(service)).availableReplicas === 0;
      });
      const { status } = await trial.api.call(`/function/${service}${trial.probe.echoPath}`);
      demand(status === 200, `an invocation of a function with no replicas: expected 200, got ${status}`);
      const after = await trial.status(service);
      demand(after.replicas >= 1, `after the invocation there are ${after.replicas} replicas`);
    },
  },
  {
    name: 'scale up and down from throughput',
    async check(trial) {
      const { scaledWithinMs } = trial.options.load;
      const service = await trial.deployReady({ labels: { [min]: '1', [max]: '2', [factor]: '50' } });
      const load = startLoad(trial, service);
      try {
        await trial.until('2 replicas under load', scaledWithinMs, async () => {
          return (await trial.status(service)).replicas === 2;
        });
      } finally {
        await load.stop();
      }
      await trial.until('1 replica when the load is over', scaledWithinMs, async () => {
        return (await trial.status(service)).replicas === 1;
      });
    },
  },
  {
    name: 'scaling disabled by labels',
    async check(trial) {
      const { clock, load: options } = trial.options;
      const service = await trial.deployReady({ labels: { [min]: '1', [max]: '1' } });
      const load = startLoad(trial, service);
      const untilMs = clock.monotonic() + options.pinnedForMs;
      try {
        while (clock.monotonic() < untilMs) {
          const { replicas } = await trial.status(service);
          demand(replicas === 1, `min = max = 1, and under load there are ${replicas} replicas`);
          await clock.sleep(100);
        }
      } finally {
        await load.stop();
      }
      demand(load.answered() > 0, 'not one invocation was answered');
    },
  },
];

/** Invokes at a steady rate until it is stopped, whatever the answers. */
function startLoad(trial: Trial, service: string): { stop(): Promise<void>; answered(): number } {
  const { clock, load } = trial.options;
  const stopping = new AbortController();
  const open = new Set<Promise<void>>();
  let answered = 0;
  const invoke = async (): Promise<void> => {
    try {
      const { status } = await trial.api.call(`/function/${service}${trial.probe.echoPath}`);
      if (status === 200) answered += 1;
    } catch {
      // What counts is how many are answered.
    }
  };
  const running = (async () => {
    for (let next = clock.monotonic(); !stopping.signal.aborted; next += 1000 / load.ratePerS) {
      const call = invoke().finally(() => open.delete(call));
      open.add(call);
      await clock.sleep(Math.max(next + 1000 / load.ratePerS - clock.monotonic(), 0), stopping.signal);
    }
    await Promise.all(open);
  })();
  return {
    answered: () => answered,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
