import { z } from 'zod';
import type { RunRecord } from '../../run/service/run-record.ts';
import type { RunService } from '../../run/service/run-service.ts';
import type { Autoscaler } from '../../loop/autoscaler.ts';
import type { AutoscalerEvent } from '../../loop/events.ts';
import { nameObservation } from '../../observation.ts';
import type { Feed, StreamEvent } from './event-streams.ts';

type Seen = Extract<AutoscalerEvent, { kind: 'observation' }>['sample'];

/** Events that are kept for clients that come again, after some seconds; a step makes two or three. */
const KEPT = 100;

export interface FarmEventsParts {
  readonly autoscaler: Pick<Autoscaler, 'knowledge' | 'policy' | 'subscribe'>;
  readonly runs: Pick<RunService, 'subscribe'>;
  /** Unique to this process: an id of an earlier one is known as such. */
  readonly boot: string;
}

/** What the page is told as it happens: each look at the farm, each decision, who decides, and how runs go on, whichever process does them. */
export class FarmEvents {
  readonly #parts: FarmEventsParts;
  readonly #kept: StreamEvent[] = [];
  readonly #clients = new Set<(event: StreamEvent) => void>();
  readonly #unsubscribe: (() => void)[];
  #number = 0;

  constructor(parts: FarmEventsParts) {
    this.#parts = parts;
    this.#unsubscribe = [
      parts.autoscaler.subscribe((event) => this.#publish(event.kind, contentOf(event))),
      parts.runs.subscribe((run) => this.#publish('run', shortly(run))),
    ];
  }

  /** Events from now on; before them those after `lastSeen`, or where that is not known any more, how it stands. */
  feed(lastSeen: string | null): Feed {
    return async (send, signal) => {
      const at = this.#kept.findIndex(({ id }) => id === lastSeen);
      for (const event of at < 0 ? this.#standing() : this.#kept.slice(at + 1)) send(event);
      this.#clients.add(send);
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      this.#clients.delete(send);
    };
  }

  /** Hears and tells no more. Idempotent. */
  close(): void {
    for (const end of this.#unsubscribe.splice(0)) end();
  }

  #publish(event: string, content: object): void {
    this.#number += 1;
    const made = { id: this.#id(), event, data: JSON.stringify(content) };
    this.#kept.push(made);
    if (this.#kept.length > KEPT) this.#kept.shift();
    for (const send of this.#clients) send(made);
  }

  #id(): string {
    return `${this.#parts.boot}-${this.#number}`;
  }

  /** How it stands now, under the last event's id, so that nothing after it is missed. */
  #standing(): StreamEvent[] {
    const { autoscaler } = this.#parts;
    const { lastSeen } = autoscaler.knowledge;
    const policy = { id: this.#id(), event: 'policy', data: JSON.stringify(autoscaler.policy) };
    if (lastSeen === null) return [policy];
    return [policy, { id: this.#id(), event: 'observation', data: JSON.stringify(observed(lastSeen)) }];
  }
}

function contentOf(event: AutoscalerEvent): object {
  if (event.kind === 'observation') return observed(event.sample);
  return event.kind === 'decision' ? event.decision : event.policy;
}

function observed({ sighting, replicas }: Seen): object {
  const { observation, info, totals } = sighting;
  return { observation: nameObservation(observation), values: observation, info, totals, workers: replicas };
}

function shortly({ id, kind, state, progress }: RunRecord): object {
  return { id, kind, state, progress };
}

const header = z.string().max(200);

/** The id of the last event that a client saw; null: it saw none. */
export function lastEventId(headers: Readonly<Record<string, unknown>>): string | null {
  const given = header.safeParse(headers['last-event-id']);
  return given.success && given.data !== '' ? given.data : null;
}
