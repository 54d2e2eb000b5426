import { byId, element, fill, row } from './dom.js';
import { count, fixed, timeOfDay } from './format.js';

/** The last decisions with their reasons: what the policy proposed, what the shield made of it, and what came of it. */

const ROWS = 40;
const KEPT = 200;
const HEADINGS = ['Time', 'Workers', 'Outcome', 'Reason', 'Shadow'];

export class Decisions {
  /** Newest first. */
  #decisions = [];
  #body = byId('decision-rows');
  #only = byId('changes-only');

  constructor() {
    this.#only.addEventListener('change', () => this.show());
    this.show();
  }

  /** A decision, or how an earlier one ended. */
  add(decision) {
    const at = this.#decisions.findIndex((known) => known.at === decision.at && known.step === decision.step);
    if (at >= 0) this.#decisions[at] = decision;
    else this.#decisions.unshift(decision);
    if (this.#decisions.length > KEPT) this.#decisions.length = KEPT;
  }

  show() {
    const chosen = this.#decisions.filter(({ outcome }) => !this.#only.checked || outcome !== 'noop').slice(0, ROWS);
    const key = `${this.#only.checked} ${chosen.map(({ at, outcome }) => `${at}${outcome}`).join()}`;
    fill(this.#body, key, () => (chosen.length === 0 ? [nothing()] : chosen.map(decisionRow)));
  }
}

function nothing() {
  return element('tr', {}, element('td', { colSpan: HEADINGS.length, class: 'soft', text: 'No decision yet.' }));
}

function decisionRow(decision) {
  const { at, granted, outcome, shadow } = decision;
  const before = decision.observation?.[4] ?? null;
  const change =
    granted === null || before === granted ? count(before ?? granted) : `${count(before)} → ${count(granted)}`;
  return row(HEADINGS, [
    element('time', { text: timeOfDay(at) }),
    element('b', { text: change }),
    element('span', { class: `outcome ${outcome}`, text: outcome }),
    [element('span', { class: 'reason', text: decision.because }), ...explanation(decision)],
    shadow == null
      ? ''
      : element('span', {
          title: shadow.because ?? '',
          text: shadow.replicas === null ? 'holds' : count(shadow.replicas),
        }),
  ]);
}

/** What the shield changed, and the candidates with their values. */
function explanation({ verdict, candidates }) {
  const parts = [];
  for (const { rule, from, to } of verdict?.corrections ?? []) {
    parts.push(element('span', { class: 'verdict', text: `shield, ${rule}: ${from} → ${to}` }));
  }
  if (Array.isArray(candidates) && candidates.length > 1) {
    const best = Math.max(...candidates.map(({ value }) => value));
    parts.push(
      element(
        'ul',
        { class: 'candidates', 'aria-label': 'Candidates and their values' },
        ...candidates.map(({ replicas, action, value }) =>
          element('li', { class: value === best ? 'best' : '', text: `${replicas ?? action}: ${fixed(value, 2)}` }),
        ),
      ),
    );
  }
  return parts;
}
