import { write } from '../data/api.js';
import { act, fieldsOf } from './act.js';
import { byId, element, setText } from './dom.js';

/** Asks for a training, an evaluation or a comparison. */

const VERBS = { train: 'Train', evaluate: 'Evaluate', compare: 'Compare' };

export class RunForm {
  #form = byId('run-form');
  #tokens;
  #started;

  /** @param parts {tokens, started: run id → Promise} */
  constructor({ tokens, started }) {
    this.#tokens = tokens;
    this.#started = started;
    byId('run-kinds').addEventListener('change', () => this.#showFields());
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#start(event.submitter);
    });
    this.#showFields();
  }

  get said() {
    return this.#form.querySelector('.said');
  }

  /** Fills in what can be chosen. */
  offer({ agents, workloads }) {
    this.#form.agent.replaceChildren(...agents.map((text) => element('option', { text })));
    this.#form.workload.replaceChildren(...workloads.map((text) => element('option', { text })));
  }

  get #kind() {
    return this.#form.querySelector('[name=run-kind]:checked').value;
  }

  #showFields() {
    const kind = this.#kind;
    for (const label of this.#form.querySelectorAll('[data-for]')) {
      label.hidden = !label.dataset.for.split(' ').includes(kind);
      for (const control of label.querySelectorAll('input, select')) control.disabled = label.hidden;
    }
    setText(this.#form.querySelector('button.main'), VERBS[kind]);
  }

  #start(button) {
    const kind = this.#kind;
    const { live, ...fields } = fieldsOf(this.#form);
    const request = { ...fields, ...(live === true ? { live } : {}) };
    const work = async () => {
      const { runId } = await write('POST', kind, request);
      await this.#started(runId);
      return `${kind} ${runId} is started.`;
    };
    return act({ said: this.said, button, work: () => this.#tokens.withToken(work) });
  }
}
