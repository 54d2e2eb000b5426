import { read, readIfThere, write } from '../data/api.js';
import { act, fieldsOf } from './act.js';
import { byId, element, fill, progressBar, setText, showProgress } from './dom.js';
import { count } from './format.js';

/** Starts a workload at the emitter, and shows what it is emitting. */

const EMITTER = '../emitter/runs';
const SHOWN = 4;
/** Where the farm does not list its workloads yet. */
const KNOWN = [{ name: 'quick', summary: '' }];

export class Workload {
  #form = byId('workload-form');
  #said = this.#form.querySelector('.said');
  #list = byId('workload-runs');
  #workloads = KNOWN;
  #tokens;
  #started;
  #policy = () => null;

  /** @param parts {tokens, started: told when one was started, policy: () => name in charge} */
  constructor({ tokens, started, policy }) {
    this.#tokens = tokens;
    this.#started = started;
    this.#policy = policy;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#start(event.submitter);
    });
    this.#form.workload.addEventListener('change', () => this.#describe());
  }

  /** Fills the list of workloads in. @returns their names */
  async load() {
    const answer = await readIfThere('workloads');
    if (answer !== null) this.#workloads = answer.workloads;
    const names = this.#workloads.map(({ name }) => name);
    this.#form.workload.replaceChildren(...names.map((name) => element('option', { text: name, value: name })));
    this.#form.workload.value = names.includes('quick') ? 'quick' : names[0];
    this.#describe();
    return names;
  }

  /** Asks the emitter what it is at. */
  async refresh() {
    const { runs } = await read(EMITTER);
    const shown = runs.slice(0, SHOWN);
    fill(this.#list, JSON.stringify(shown.map(({ run, state }) => [run, state])), () =>
      shown.map((run) => this.#item(run)),
    );
    shown.forEach(({ state, emitted, total }, i) => {
      const text = `${count(emitted)} of ${count(total)} · ${state}`;
      showProgress(this.#list.children[i], { done: emitted, total, text });
    });
  }

  #describe() {
    const chosen = this.#workloads.find(({ name }) => name === this.#form.workload.value);
    if (chosen === undefined) return;
    const { summary, tasks, durationS, stepDurationS } = chosen;
    const facts = [
      tasks === undefined ? null : `${count(tasks)} tasks`,
      durationS === undefined ? null : `${count(durationS)} s`,
      stepDurationS === undefined ? null : `a step each ${stepDurationS} s`,
    ].filter((fact) => fact !== null);
    setText(byId('workload-about'), [summary, facts.join(', ')].filter((text) => text).join(' · '));
  }

  #item({ run, state }) {
    const stop = () =>
      act({
        said: this.#said,
        work: () =>
          this.#tokens.withToken(async () => {
            await write('DELETE', `${EMITTER}/${encodeURIComponent(run)}`);
            await this.refresh();
            return `${run} is stopped.`;
          }),
      });
    return element(
      'li',
      {},
      element('span', { text: run }),
      ...progressBar(`${run}: tasks emitted`),
      state === 'running'
        ? element('button', {
            type: 'button',
            class: 'quiet',
            text: 'Stop',
            'aria-label': `Stop ${run}`,
            on: { click: stop },
          })
        : null,
    );
  }

  #start(button) {
    const { workload, seed, kind, fresh } = fieldsOf(this.#form);
    const start = async () => {
      if (fresh) await this.#beginEpisode(workload);
      const { run, total } = await write('POST', EMITTER, { workload, seed, kind });
      this.#started();
      await this.refresh();
      return `${run} is started: ${count(total)} tasks.`;
    };
    return act({ said: this.#said, button, work: () => this.#tokens.withToken(start) });
  }

  /** As `farmhand run` does: the workload's own step, window and first workers, and counters at zero. */
  async #beginEpisode(workload) {
    const chosen = this.#workloads.find(({ name }) => name === workload) ?? {};
    const { stepDurationS, observationWindowS, initialWorkers, maxSteps } = chosen;
    const policy = this.#policy() ?? undefined;
    await write('POST', 'episodes', { policy, stepDurationS, observationWindowS, initialWorkers, maxSteps });
  }
}
