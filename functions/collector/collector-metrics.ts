import { Counter, Histogram, type Registry } from 'prom-client';
import { SECONDS_BUCKETS } from '#shared/metrics.ts';
import { counterAtScrape, gaugeAtScrape } from '#shared/metrics-at-scrape.ts';
import type { QueueObserver } from '#shared/queue/observe.ts';
import type { TaskRecord, WithoutBody } from '#shared/task.ts';

/** Only the number of dead letters is read; the window's figures are not. */
const SHORTEST_WINDOW_MS = 100;

/** Counts what the collector gives its verdict to. @returns told of every batch that was collected */
export function collectorMetrics(
  registry: Registry,
  parts: { observer: QueueObserver; thumbnails: () => { written: number; failed: number } },
): (records: readonly WithoutBody<TaskRecord>[]) => void {
  const registers = [registry];
  const collected = new Counter({
    name: 'farmhand_collector_tasks_total',
    help: 'Tasks collected, by whether they met their deadline: met, missed.',
    labelNames: ['deadline'],
    registers,
  });
  for (const deadline of ['met', 'missed']) collected.inc({ deadline }, 0);
  const sojourn = new Histogram({
    name: 'farmhand_collector_sojourn_seconds',
    help: 'Time from generation to collection, in seconds.',
    buckets: SECONDS_BUCKETS,
    registers,
  });
  const lateness = new Histogram({
    name: 'farmhand_collector_lateness_seconds',
    help: 'How long after its deadline a task was collected that missed it, in seconds.',
    buckets: SECONDS_BUCKETS,
    registers,
  });
  gaugeAtScrape(registry, {
    name: 'farmhand_collector_dead_letters',
    help: 'Tasks that ended with an error and wait for somebody to retry or discard them.',
    read: async () => (await parts.observer.read(SHORTEST_WINDOW_MS)).deadLetters,
  });
  counterAtScrape(registry, {
    name: 'farmhand_collector_thumbnails_total',
    help: 'Thumbnails written to a folder, and those that could not be: written, failed.',
    label: 'result',
    read: () => ({ ...parts.thumbnails() }),
  });
  return (records) => {
    for (const { metDeadline, collectedAt, generatedAt, deadlineAt } of records) {
      collected.inc({ deadline: metDeadline ? 'met' : 'missed' });
      sojourn.observe((collectedAt - generatedAt) / 1000);
      if (!metDeadline) lateness.observe(Math.max(0, collectedAt - deadlineAt) / 1000);
    }
  };
}
