import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { createMetrics } from '#shared/metrics.ts';

/**
 * The Prometheus metrics of OpenFaaS's gateway under their own names and labels, so that its dashboards and alert rules work
 * here (docs/gateway.md). `function_name` is <function>.<namespace>.
 */
export class GatewayMetrics {
  readonly registry: Registry = createMetrics();
  readonly #namespace: string;
  readonly #seconds: Histogram<'function_name' | 'code'>;
  readonly #total: Counter<'function_name' | 'code'>;
  readonly #started: Counter<'function_name'>;

  /** @param desired every function with its desired replicas, read at each scrape */
  constructor(namespace: string, desired: () => Iterable<readonly [fn: string, replicas: number]>) {
    this.#namespace = namespace;
    const registers = [this.registry];
    this.#seconds = new Histogram({
      name: 'gateway_functions_seconds',
      help: 'Function time taken, in seconds.',
      labelNames: ['function_name', 'code'],
      registers,
    });
    this.#total = new Counter({
      name: 'gateway_function_invocation_total',
      help: 'Function invocations that have ended.',
      labelNames: ['function_name', 'code'],
      registers,
    });
    this.#started = new Counter({
      name: 'gateway_function_invocation_started',
      help: 'Function invocations that have started.',
      labelNames: ['function_name'],
      registers,
    });
    new Gauge({
      name: 'gateway_service_count',
      help: 'Desired replicas of the function.',
      labelNames: ['function_name'],
      registers,
      collect() {
        this.reset();
        for (const [fn, replicas] of desired()) this.set({ function_name: `${fn}.${namespace}` }, replicas);
      },
    });
  }

  started(fn: string): void {
    this.#started.inc({ function_name: this.#label(fn) });
  }

  ended(fn: string, status: number, seconds: number): void {
    const labels = { function_name: this.#label(fn), code: String(status) };
    this.#total.inc(labels);
    this.#seconds.observe(labels, seconds);
  }

  #label(fn: string): string {
    return `${fn}.${this.#namespace}`;
  }
}
