import { readIfThere, write } from '../data/api.js';
import { act } from './act.js';
import { byId, element, fill, progressBar, row, showProgress } from './dom.js';
import { count, timeOfDay } from './format.js';
import { describeRequest, RunDetails } from './run-details.js';

/** Trainings, evaluations and comparisons: the list, and the one that is open. */

const SHOWN = 12;
const HEADINGS = ['Run', 'State', 'Progress', ''];

export class Runs {
  #body = byId('run-rows');
  #said;
  #tokens;
  #promote;
  #runs = [];
  #details;

  /** @param parts {tokens, said: element, promote: (model id) → Promise<sentence>, compared} */
  constructor({ tokens, said, promote, compared }) {
    this.#said = said;
    this.#tokens = tokens;
    this.#promote = promote;
    this.#details = new RunDetails({ actions: (run) => this.#actions(run), compared });
  }

  async refresh() {
    const answer = await readIfThere('runs');
    this.#runs = answer?.runs ?? [];
    this.#show(answer === null ? 'This autoscaler has no runs yet: its version does not train.' : 'No run yet.');
    const last = this.#runs.find(({ kind, state }) => kind === 'compare' && state === 'done');
    if (last?.result != null) this.#details.compared(last.result);
  }

  /** A run has moved on: {id, state, progress}. */
  update(moved) {
    const known = this.#runs.find(({ id }) => id === moved.id);
    if (known === undefined || known.state !== moved.state) {
      void this.refresh().catch(() => undefined);
      return;
    }
    Object.assign(known, moved);
    this.#show('');
  }

  async open(id) {
    await this.#details.open(id);
  }

  #show(nothing) {
    const shown = this.#runs.slice(0, SHOWN);
    const key = JSON.stringify(shown.map(({ id, state }) => [id, state]));
    fill(this.#body, `${nothing}${key}`, () =>
      shown.length === 0
        ? [element('tr', {}, element('td', { colSpan: HEADINGS.length, class: 'soft', text: nothing }))]
        : shown.map((run) => this.#row(run)),
    );
    shown.forEach(({ progress, because }, i) => {
      const { done = 0, total = 1 } = progress ?? {};
      const text = [`${count(done)} of ${count(total)}`, because].filter((part) => part != null).join(' · ');
      showProgress(this.#body.rows[i], { done, total, text });
    });
    const open = shown.find(({ id }) => id === this.#details.id);
    if (open !== undefined) this.#details.show(open);
  }

  #row(run) {
    const { id, kind, state, request, createdAt } = run;
    return row(HEADINGS, [
      [
        element('b', { text: kind }),
        element('span', { class: 'soft', text: ` ${timeOfDay(createdAt)}` }),
        element('div', { class: 'soft small', text: describeRequest(request) }),
      ],
      element('span', { class: 'pill', 'data-state': state, text: state }),
      progressBar(`${kind} ${id}: progress`),
      element('div', { class: 'row-buttons' }, ...this.#buttons(run)),
    ]);
  }

  #buttons({ id, state, kind }) {
    const buttons = [
      this.#button('Open', `Open ${kind} ${id}`, async () => {
        await this.open(id);
        return '';
      }),
    ];
    if (state === 'queued' || state === 'running') {
      buttons.push(
        this.#button('Cancel', `Cancel ${kind} ${id}`, () =>
          this.#tokens.withToken(async () => {
            await write('DELETE', `runs/${encodeURIComponent(id)}`);
            await this.refresh();
            return `${kind} ${id} is cancelled.`;
          }),
        ),
      );
    }
    return buttons;
  }

  /** What can be done with what came of a run. */
  #actions({ state, result }) {
    const model = result?.model;
    if (state !== 'done' || typeof model !== 'string') return [];
    return [this.#button('Promote the model', `Promote the model ${model}`, () => this.#promote(model))];
  }

  #button(text, label, work) {
    const button = element('button', { type: 'button', class: 'quiet', text, 'aria-label': label });
    button.addEventListener('click', () => void act({ said: this.#said, button, work }));
    return button;
  }
}
