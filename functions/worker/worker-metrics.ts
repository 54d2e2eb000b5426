import { Counter, Histogram, type Registry } from 'prom-client';
import { SECONDS_BUCKETS } from '#shared/metrics.ts';
import { gaugeAtScrape } from '#shared/metrics-at-scrape.ts';
import type { Claim, Outcome } from '#shared/task.ts';

/** A task's kind is what its submitter wrote; only those that exist become labels. */
const UNKNOWN_KIND = 'unknown';

/** Counts what a worker does. @returns told of every claim that ended here */
export function workerMetrics(
  registry: Registry,
  parts: { kinds: () => readonly string[]; busy: () => boolean },
): (claim: Claim, outcome: Outcome, accepted: boolean) => void {
  const registers = [registry];
  const tasks = new Counter({
    name: 'farmhand_worker_tasks_total',
    help: 'Claims that ended here, by kind of task and outcome: done, failed, or fenced (the task had gone to another worker).',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  const service = new Histogram({
    name: 'farmhand_worker_service_seconds',
    help: "Time that a task was in this worker's hands, waiting excluded, in seconds.",
    labelNames: ['kind'],
    buckets: SECONDS_BUCKETS,
    registers,
  });
  gaugeAtScrape(registry, {
    name: 'farmhand_worker_busy',
    help: '1 while this worker has a task in hand.',
    read: () => (parts.busy() ? 1 : 0),
  });
  return ({ task }, outcome, accepted) => {
    const kind = parts.kinds().includes(task.kind) ? task.kind : UNKNOWN_KIND;
    tasks.inc({ kind, outcome: accepted ? outcome.kind : 'fenced' });
    service.observe({ kind }, outcome.serviceMs / 1000);
  };
}
