import type { FarmEvents } from '../events/farm-events.ts';
import { lastEventId } from '../events/farm-events.ts';
import type { EventStreams } from '../events/event-streams.ts';
import { route, type HttpRoute } from '../route.ts';

/** What happens, as it happens. */
export function eventRoutes({ streams, events }: { streams: EventStreams; events: FarmEvents }): HttpRoute[] {
  return [
    route(
      {
        ...{ method: 'GET', path: '/events', tag: 'state', guarded: false },
        summary: 'Server-sent events: observation, decision, policy, run',
        description:
          'First how it stands, then each event as it happens. `observation`: the nine numbers, info and workers, each step. ' +
          '`decision`: a decision, and once more when its scale-down has ended. `policy`: as GET policy. ' +
          '`run`: {id, kind, state, progress}. A comment every 15 s. Come again with Last-Event-ID to miss nothing.',
        answers: { 200: { description: 'A stream without end.', contentType: 'text/event-stream' } },
      },
      ({ request, reply }) => streams.open(reply, events.feed(lastEventId(request.headers))),
    ),
  ];
}
