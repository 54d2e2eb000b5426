import { SECOND, type Clock } from '#shared/clock.ts';
import type { RunService } from '../../run/service/run-service.ts';
import type { Feed } from './event-streams.ts';

/** How often a run's events are looked for: progress is not urgent, and another process may do the run. */
const LOOK_EVERY_MS = 0.5 * SECOND;

/** A run's events from Redis, after the one of `lastSeen`, until its end. */
export function runFeed(
  id: string,
  { runs, clock, lastSeen }: { runs: Pick<RunService, 'events'>; clock: Clock; lastSeen: string | null },
): Feed {
  return async (send, signal) => {
    let after = lastSeen;
    while (!signal.aborted) {
      const events = await runs.events(id, after);
      for (const event of events) {
        send({ id: event.id, event: event.kind, data: event.data });
        after = event.id;
        if (event.kind === 'end') return;
      }
      if (events.length === 0) await clock.sleep(LOOK_EVERY_MS, signal);
    }
  };
}
