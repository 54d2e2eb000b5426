import type { Seen } from '../observation.ts';
import { keepWorkers } from './keep-workers.ts';
import { withinBounds, type Policy, type PolicyDecision, type PolicyOptions } from './policy.ts';

/** The alert rule and the route that the OpenFaaS chart ships, and the gateway's scale factor. */
export const openfaasCeDefaults = {
  invocationsPerS: 5,
  forS: 5,
  repeatS: 30,
  factorPercent: 10,
} as const;

const MS_PER_S = 1000;

/**
 * The autoscaling of OpenFaaS Community Edition: a Prometheus alert and what the gateway does about it (chart
 * `prometheus-cfg.yaml`, `alertmanager-cfg.yaml`; gateway `POST /system/alert`):
 *
 *     inactive  more than 5 invocations/s → pending
 *     pending   for 5 s → firing; 5/s or fewer → inactive
 *     firing    on entry and every 30 s: replicas += ⌈max · 10 %⌉; 5/s or fewer → inactive, replicas = min, at once
 *
 * Example, 1 to 32 workers, 8 s steps, 12 workers, 7 tasks/s: pending at the first such look, 16 at the next, 20 after 32 s
 * more; at 5 tasks/s it goes to 1 (test/autoscaler/policy/openfaas-ce.test.ts). Deviations:
 * 1. Invocations are tasks emitted since the last look. Workers here pull, so nobody invokes one, and the real rule would
 *    never fire. The real rule also takes the rate over 10 s, of answers with status 200.
 * 2. max is the farm's maxWorkers, where Community Edition has 5 (and adds 1 at a time).
 * 3. Alerts are evaluated at looks; Alertmanager's grouping delays (5 s, 10 s) are left out.
 * 4. Until the first alert it leaves the workers alone, as the gateway does.
 */
export class OpenfaasCePolicy implements Policy {
  readonly name = 'openfaas-ce';
  readonly usesClock = false;
  readonly #options: PolicyOptions;
  #pendingSince: number | null = null;
  #notifiedAt: number | null = null;
  #order: number | null = null;

  constructor(options: PolicyOptions) {
    this.#options = options;
  }

  decide({ observation, info }: Seen): PolicyDecision {
    const [, , , , workers, , , ratePerS] = observation;
    const { minWorkers, maxWorkers } = this.#options;
    const { invocationsPerS, forS, repeatS, factorPercent } = openfaasCeDefaults;
    const rate = `${ratePerS.toFixed(2)} tasks/s`;
    if (ratePerS <= invocationsPerS) {
      if (this.#notifiedAt !== null) this.#order = minWorkers;
      this.#pendingSince = null;
      this.#notifiedAt = null;
      return keepWorkers(this.#order ?? workers, workers, `${rate}: no alert`);
    }
    this.#pendingSince ??= info.at;
    const fires = info.at - this.#pendingSince >= forS * MS_PER_S;
    if (fires && (this.#notifiedAt === null || info.at - this.#notifiedAt >= repeatS * MS_PER_S)) {
      this.#notifiedAt = info.at;
      const more = Math.ceil((maxWorkers * factorPercent) / 100);
      this.#order = withinBounds((this.#order ?? workers) + more, this.#options);
    }
    return keepWorkers(
      this.#order ?? workers,
      workers,
      `${rate}, more than ${invocationsPerS}: the alert ${fires ? 'fires' : 'is pending'}`,
    );
  }
}
