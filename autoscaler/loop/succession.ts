import { SECOND, type Clock } from '#shared/clock.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import { sameEpisode, type OrderBook, type StandingOrders } from './standing-orders.ts';
import { within } from './within.ts';

export interface SuccessionParts {
  /** Nothing: orders end with their process. */
  readonly orders?: OrderBook;
  /** farm.yml's: they hold where no others were given. */
  readonly usual: StandingOrders;
  /** What this process follows. */
  readonly current: () => StandingOrders;
  /** Goes on by others. Never rejects for what is in them. */
  readonly follow: (orders: StandingOrders) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborts when the autoscaler stops. */
  readonly signal: AbortSignal;
}

/** The book is asked again after so long, ms: without knowing the orders that hold nobody decides. */
const AGAIN_AFTER_MS = 500;
/** What cannot be kept within this time is answered as an error: a client of Redis waits as long as that is away. */
const KEPT_WITHIN_MS = 2 * SECOND;

/**
 * Orders from one leader to the next. One that is given orders keeps them for whoever comes after it. One that follows keeps up
 * with them, so that it is ready to decide by them; one that comes to lead reads them once more before its first decision.
 */
export class Succession {
  readonly #parts: SuccessionParts;
  #taking: Promise<void> | null = null;
  /** The orders that were read last, as JSON; null: none, or this process was given others since. */
  #lastRead: string | null = null;

  constructor(parts: SuccessionParts) {
    this.#parts = parts;
  }

  /** It is about to learn by which orders: until then it does not lead. */
  get underWay(): boolean {
    return this.#taking !== null;
  }

  /** A term of office begins. */
  takeOffice(): void {
    this.#take({ evenIfKnown: true });
  }

  /** Another process leads. Orders that could not be followed are not tried again before they change. */
  keepUp(): void {
    if (!this.underWay) this.#take({ evenIfKnown: false });
  }

  /**
   * Keeps the orders that this process follows.
   * @throws REDIS_UNREACHABLE, CONFLICT: this process follows them, and a successor would not
   */
  async keep(): Promise<void> {
    const { orders, usual, current, clock } = this.#parts;
    const given = current();
    this.#lastRead = null;
    const isUsual = sameEpisode(given, usual) && given.paused === usual.paused;
    const written = orders?.write(isUsual ? null : given) ?? Promise.resolve();
    if ((await within(written, { clock, timeoutMs: KEPT_WITHIN_MS })).kind === 'done') return;
    throw new FarmhandError(
      'REDIS_UNREACHABLE',
      'it is done, and could not be kept for an autoscaler that comes after this one: say it once more',
    );
  }

  /** Resolves when no change of orders is under way. */
  async settled(): Promise<void> {
    await this.#taking;
  }

  #take(options: { evenIfKnown: boolean }): void {
    if (this.#parts.orders === undefined) return;
    const taking: Promise<void> = (this.#taking ?? Promise.resolve())
      .then(() => this.#takeUp(options))
      .finally(() => {
        if (this.#taking === taking) this.#taking = null;
      });
    this.#taking = taking;
  }

  async #takeUp({ evenIfKnown }: { evenIfKnown: boolean }): Promise<void> {
    const { orders, usual, follow, clock, log, signal } = this.#parts;
    for (;;) {
      try {
        const given = (await orders?.read()) ?? usual;
        const read = JSON.stringify(given);
        const known = read === this.#lastRead;
        this.#lastRead = read;
        if (!signal.aborted && (evenIfKnown || !known)) await follow(given);
        return;
      } catch (thrown) {
        log.warn({ error: coerceError(thrown).message }, 'the orders that hold could not be read; tries again');
      }
      await clock.sleep(AGAIN_AFTER_MS, signal);
      if (signal.aborted) return;
    }
  }
}
