import { SECOND, type Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { FarmClient } from '../live/farm-client.ts';

const FUNCTIONS = ['emitter', 'worker', 'collector', 'autoscaler', 'demo'];

/**
 * Reads the metrics of every function every so often, as a Prometheus would: a function that nobody asks anything would need
 * hours to show what a request leaves behind. Resolves when `over` aborts.
 */
export async function scrapeOn(options: {
  farm: Pick<FarmClient, 'call'>;
  everyS: number;
  clock: Clock;
  over: AbortSignal;
  onTrouble: (sentence: string) => void;
}): Promise<void> {
  const { farm, everyS, clock, over, onTrouble } = options;
  const startedAt = clock.monotonic();
  for (let turn = 1; !over.aborted; turn += 1) {
    for (const fn of FUNCTIONS) {
      try {
        await farm.call('GET', `/function/${fn}/metrics`);
      } catch (thrown) {
        onTrouble(`the metrics of ${fn} could not be read: ${coerceError(thrown).message}`);
      }
    }
    await clock.sleep(Math.max(0, startedAt + turn * everyS * SECOND - clock.monotonic()), over);
  }
}
