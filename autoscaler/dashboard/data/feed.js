import { address, read, readIfThere } from './api.js';

/**
 * What the farm tells, as it happens: server-sent events, and where these do not come, the same by asking every second.
 *
 *     connecting ──▶ live ◀──▶ lost ◀──▶ polling
 *
 * live     events come; the state as a whole is asked for after each of them, at most once a second
 * polling  there are no events (an older function, or a proxy that holds them back), so all is asked for
 * lost     nobody answers; it is tried again
 */

const ASK_EVERY_MS = 1_000;
/** With events: in case that one of them is about nothing that the loop did. */
const ASK_AT_LEAST_EVERY_MS = 5_000;
const EVENTS_WITHIN_MS = 4_000;
const EVENTS_AGAIN_MS = 30_000;
const EVENTS = ['observation', 'decision', 'policy', 'run'];
const DECISIONS_AT_FIRST = 1_000;
const DECISIONS = 30;
/** Events that are kept for when what was before them is known. */
const MOST_EARLY = 1_000;

/** @param listeners {status, decisions, event: {observation, decision, policy, run}, connection}: functions. */
export class Feed {
  #listeners;
  #source = null;
  #eventsFlow = false;
  #timer = null;
  #askedAt = -Infinity;
  #asking = false;
  #first = true;
  /** Events that came before the first answer: in order of time they are after what it tells. */
  #early = [];

  constructor(listeners) {
    this.#listeners = listeners;
  }

  start() {
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.#schedule(0);
    });
    this.#open();
    this.#schedule(0);
  }

  /** Asks for the state as a whole now: something was changed. */
  refresh() {
    this.#schedule(0);
  }

  #open() {
    const source = new EventSource(address('events'));
    this.#source = source;
    const overdue = setTimeout(() => this.#retryEvents(source), EVENTS_WITHIN_MS);
    source.addEventListener('open', () => {
      clearTimeout(overdue);
      this.#eventsFlow = true;
    });
    source.addEventListener('error', () => {
      clearTimeout(overdue);
      this.#eventsFlow = false;
      this.#schedule(0);
      if (source.readyState === EventSource.CLOSED) this.#retryEvents(source);
    });
    for (const name of EVENTS) {
      source.addEventListener(name, ({ data }) => {
        this.#tell(name, JSON.parse(data));
        this.#schedule(this.#askedAt + ASK_EVERY_MS - performance.now());
      });
    }
  }

  #tell(name, event) {
    if (!this.#first) this.#listeners.event[name](event);
    else if (this.#early.push([name, event]) > MOST_EARLY) this.#early.shift();
  }

  /** The browser tries by itself while the connection fails, and not after an answer that is no event stream. */
  #retryEvents(source) {
    source.close();
    if (this.#source !== source) return;
    this.#source = null;
    this.#eventsFlow = false;
    setTimeout(() => this.#open(), EVENTS_AGAIN_MS);
  }

  #schedule(inMs) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), Math.max(0, inMs));
  }

  async #ask() {
    if (this.#asking) return;
    this.#asking = true;
    this.#askedAt = performance.now();
    try {
      if (!document.hidden) await this.#readAll();
      this.#listeners.connection({ state: this.#eventsFlow ? 'live' : 'polling', because: null });
    } catch (error) {
      this.#listeners.connection({ state: 'lost', because: error.message });
    }
    this.#asking = false;
    this.#schedule(this.#eventsFlow ? ASK_AT_LEAST_EVERY_MS : ASK_EVERY_MS);
  }

  async #readAll() {
    const wanted = this.#first ? DECISIONS_AT_FIRST : DECISIONS;
    const [status, { decisions }, policy] = await Promise.all([
      read('status'),
      this.#first || !this.#eventsFlow ? read(`decisions?limit=${wanted}`) : { decisions: [] },
      readIfThere('policy'),
    ]);
    this.#first = false;
    // Oldest first, and before the status that is newer than they are.
    if (decisions.length > 0) this.#listeners.decisions([...decisions].reverse());
    for (const [name, event] of this.#early.splice(0)) this.#tell(name, event);
    this.#listeners.status(status);
    if (policy !== null) this.#listeners.event.policy(policy);
  }
}
