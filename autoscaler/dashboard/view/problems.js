import { changes, happenings } from '../data/happenings.js';
import { byId, element, fill } from './dom.js';
import { duration, timeOfDay } from './format.js';

/**
 * Banners for what is wrong now, and the log of what happened while the page was open. The log is what is read out: once when
 * something begins and once when it ends, whatever becomes of its words meanwhile.
 */

const LINES = 100;

export class Problems {
  #known = new Map();
  #log = byId('log');

  constructor() {
    this.#log.append(element('li', { class: 'soft', text: 'Nothing yet.' }));
  }

  /** @param now {status, policy, connection, atMs} */
  show(now) {
    const present = happenings(now);
    for (const [key, one] of present) one.seenMs = this.#known.get(key)?.seenMs ?? one.since ?? now.atMs;
    for (const { level, text, afterMs } of changes(this.#known, present, now.atMs)) {
      this.tell(level === 'over' ? `Over after ${duration(afterMs)}: ${text}` : text, { level, atMs: now.atMs });
    }
    this.#known = present;
    const lines = [...present.values()];
    fill(byId('banners'), JSON.stringify(lines.map(({ text }) => text)), () =>
      lines.map(({ level, text, seenMs }) =>
        element(
          'p',
          { class: `banner ${level}` },
          element('span', { text }),
          element('small', { text: `since ${timeOfDay(seenMs)}` }),
        ),
      ),
    );
  }

  /** Adds a line to the log. */
  tell(text, { level, atMs }) {
    if (this.#log.dataset.some === undefined) this.#log.replaceChildren();
    this.#log.dataset.some = '';
    this.#log.prepend(
      element('li', { class: level }, element('time', { text: timeOfDay(atMs) }), element('span', { text })),
    );
    while (this.#log.childElementCount > LINES) this.#log.lastElementChild.remove();
  }
}
