import type { Clock } from '#shared/clock.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import type { QueueObserver, QueueReading, QueueTotals } from '#shared/queue/observe.ts';
import { observe, type Sighting } from '../observation.ts';
import type { ScaleReading, Scaler } from '../scaler/scaler.ts';
import type { Health } from './health.ts';
import { within } from './within.ts';

export type Sample =
  | {
      readonly kind: 'seen';
      readonly sighting: Sighting;
      readonly replicas: ScaleReading;
      readonly reading: QueueReading;
    }
  /** Queue or platform could not be read, or not soon enough: there is nothing to decide on. */
  | { readonly kind: 'blind'; readonly because: string };

export interface MonitorParts {
  readonly queue: Pick<QueueObserver, 'read'>;
  readonly scaler: Pick<Scaler, 'read'>;
  readonly clock: Clock;
  readonly health: Health;
}

/** Looks at queue and platform together. One monitor sees one episode: its first reading is what counters start from. */
export class Monitor {
  readonly #parts: MonitorParts;
  readonly #windowMs: number;
  readonly #timeoutMs: number;
  #baseline: QueueTotals | null = null;
  #previous: Sighting | null = null;
  /** The reading on its way, perhaps one that an earlier sample gave up on: there is never a second one beside it. */
  #pending: { readonly askedMs: number; readonly reading: Promise<QueueReading> } | null = null;

  constructor(parts: MonitorParts, options: { windowMs: number; timeoutMs: number }) {
    this.#parts = parts;
    this.#windowMs = options.windowMs;
    this.#timeoutMs = options.timeoutMs;
  }

  async sample(): Promise<Sample> {
    const { clock, scaler } = this.#parts;
    const pending = this.#readQueue();
    const [reading, replicas] = await Promise.all([
      this.#ask('queue', pending.reading),
      this.#ask('gateway', scaler.read()),
    ]);
    if (reading instanceof Error) return { kind: 'blind', because: `no reading of the queue: ${reading.message}` };
    if (replicas instanceof Error) return { kind: 'blind', because: `no reading of the workers: ${replicas.message}` };
    this.#baseline ??= reading.totals;
    const sighting = observe({
      reading,
      replicas,
      previous: this.#previous,
      baseline: this.#baseline,
      sampleAgeMs: clock.monotonic() - pending.askedMs,
    });
    this.#previous = sighting;
    return { kind: 'seen', sighting, replicas, reading };
  }

  #readQueue(): { readonly askedMs: number; readonly reading: Promise<QueueReading> } {
    if (this.#pending !== null) return this.#pending;
    const pending = { askedMs: this.#parts.clock.monotonic(), reading: this.#parts.queue.read(this.#windowMs) };
    this.#pending = pending;
    const forget = (): void => {
      this.#pending = null;
    };
    pending.reading.then(forget, forget);
    return pending;
  }

  async #ask<T>(part: 'queue' | 'gateway', answer: Promise<T>): Promise<T | Error> {
    const { clock, health } = this.#parts;
    let failure: Error;
    try {
      const timely = await within(answer, { clock, timeoutMs: this.#timeoutMs });
      if (timely.kind === 'done') {
        health.well(part);
        return timely.value;
      }
      failure = new FarmhandError(
        part === 'queue' ? 'REDIS_UNREACHABLE' : 'GATEWAY_UNREACHABLE',
        `no answer within ${this.#timeoutMs} ms`,
      );
    } catch (thrown) {
      failure = coerceError(thrown);
    }
    health.ill(part, failure);
    return failure;
  }
}
