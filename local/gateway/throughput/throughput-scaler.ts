import type { Clock } from '#shared/clock.ts';
import type { DeployedFunction, FunctionTable } from '../function-table.ts';
import { scalesByThroughput, ThroughputRule, type ThroughputTiming } from './throughput-rule.ts';

interface ThroughputScalerOptions {
  readonly table: FunctionTable;
  readonly timing: ThroughputTiming;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Looks at every function with com.openfaas.scale.max above its min, and scales it by its throughput. Others are left to whoever
 * scales them: the farm's worker has no max, so that its autoscaler is the only one. Resolves when `signal` aborts.
 */
export async function scaleByThroughput({ table, timing, clock, signal }: ThroughputScalerOptions): Promise<void> {
  // By the object, so that a function that is deployed anew under the same name begins anew.
  const rules = new WeakMap<DeployedFunction, ThroughputRule>();
  for (;;) {
    await clock.sleep(timing.lookMs, signal);
    if (signal.aborted) return;
    for (const fn of table.list()) {
      if (!scalesByThroughput(fn.rules)) {
        rules.delete(fn);
        continue;
      }
      const rule = rules.get(fn) ?? new ThroughputRule(timing);
      rules.set(fn, rule);
      const { successes, replicas } = fn;
      const asked = rule.look({ atMs: clock.monotonic(), successes, desired: replicas.desired }, fn.rules);
      if (asked !== null) table.scale(fn.name, asked);
    }
  }
}
