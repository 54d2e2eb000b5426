import { Counter, type Registry } from 'prom-client';
import { gaugeAtScrape } from '#shared/metrics-at-scrape.ts';
import type { QueueObserver } from '#shared/queue/observe.ts';
import type { TaskInbox } from '#shared/queue/task-inbox.ts';

/** Only what is on its way to the lanes is read; the window's figures are not. */
const SHORTEST_WINDOW_MS = 100;

/** The inbox, which counts on its way what is submitted and what is emitted. A call that fails counts nothing. */
export function meterInbox(inbox: TaskInbox, registry: Registry): TaskInbox {
  const submitted = new Counter({
    name: 'farmhand_emitter_submitted_total',
    help: 'Messages submitted here, by result: accepted, or duplicate of one that the farm knows. A phase of a workload is one message.',
    labelNames: ['result'],
    registers: [registry],
  });
  const emitted = new Counter({
    name: 'farmhand_emitter_emitted_total',
    help: 'Tasks that this process put into the lanes.',
    registers: [registry],
  });
  for (const result of ['accepted', 'duplicate']) submitted.inc({ result }, 0);
  return {
    async submit(messages) {
      const reply = await inbox.submit(messages);
      submitted.inc({ result: 'accepted' }, reply.accepted);
      submitted.inc({ result: 'duplicate' }, reply.duplicates.length);
      return reply;
    },
    recover: () => inbox.recover(),
    async take(limit) {
      const taken = await inbox.take(limit);
      emitted.inc(taken.moved);
      return taken;
    },
    async emit(batch) {
      const kept = await inbox.emit(batch);
      if (kept) emitted.inc(batch.tasks.length);
      return kept;
    },
    stopRun: (run) => inbox.stopRun(run),
  };
}

/** What waits for the emitter, or is in its hands. */
export function addEmitterGauges(
  registry: Registry,
  parts: { observer: QueueObserver; emitting: () => boolean },
): void {
  gaugeAtScrape(registry, {
    name: 'farmhand_emitter_waiting_messages',
    help: 'Messages in input that were not taken yet; a phase of a workload is one.',
    read: async () => (await parts.observer.read(SHORTEST_WINDOW_MS)).input,
  });
  gaugeAtScrape(registry, {
    name: 'farmhand_emitter_emitting',
    help: '1 while a phase of a workload is being emitted.',
    read: () => (parts.emitting() ? 1 : 0),
  });
}
