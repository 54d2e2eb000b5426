import { Counter, Histogram, type Registry } from 'prom-client';
import type { Claim, Outcome } from '#shared/task.ts';

/** Counts what a worker does. Labels are bounded: kinds that exist, three outcomes. */
export function workerMetrics(registry: Registry): (claim: Claim, outcome: Outcome, accepted: boolean) => void {
  const tasks = new Counter({
    name: 'farmhand_worker_tasks_total',
    help: 'Claims that ended here, by kind and outcome (done, failed, fenced)',
    labelNames: ['kind', 'outcome'],
    registers: [registry],
  });
  const service = new Histogram({
    name: 'farmhand_worker_service_seconds',
    help: "Time that a task was in this worker's hands, waiting excluded",
    labelNames: ['kind'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  return ({ task }, outcome, accepted) => {
    tasks.inc({ kind: task.kind, outcome: accepted ? outcome.kind : 'fenced' });
    service.observe({ kind: task.kind }, outcome.serviceMs / 1000);
  };
}
