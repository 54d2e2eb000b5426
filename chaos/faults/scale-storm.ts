import { NOTHING } from '../check/bounds.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Fault } from './fault.ts';

const ROUNDS = 5;

/** As an operator, or another autoscaler, who cannot make up his mind; removed workers get no more notice than their SIGTERM. */
export const scaleStorm: Fault = {
  kind: 'scale-storm',
  what: 'the gateway is told to scale workers up and down, five times within a second or two',
  bound: () => NOTHING,
  uses: ['pool'],
  async inject({ farm, clock, rng, signal }) {
    const scale = async (replicas: number): Promise<void> => {
      const { status, body } = await farm.http.call('POST', '/system/scale-function/worker', {
        body: { serviceName: 'worker', replicas },
      });
      if (status >= 300) throw new FarmhandError('GATEWAY_REFUSED', `scaling: ${status} ${JSON.stringify(body)}`);
    };
    try {
      for (let round = 0; round < ROUNDS && !signal.aborted; round += 1) {
        await scale(1 + rng.int(farm.workers + 2));
        await clock.sleep(100 + rng.int(300), signal);
      }
    } finally {
      await scale(farm.workers);
    }
  },
};
