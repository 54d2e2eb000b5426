import { read, readIfThere, write } from '../data/api.js';
import { act } from './act.js';
import { byId, element, fill, setText } from './dom.js';
import { count, fixed, share, timeOfDay } from './format.js';

/** Who decides, who would decide, and the gap between them; switches both, pauses and resumes. */

export class PolicyPanel {
  #said = byId('policy-said');
  #pause = byId('pause');
  #tokens;
  #changed;
  #state = 'running';
  #reading = null;

  /** @param parts {tokens, changed: told when something was changed} */
  constructor({ tokens, changed }) {
    this.#tokens = tokens;
    this.#changed = changed;
    this.#onSubmit('live-form', (name) => ({
      body: { live: name },
      text: `${name} is in charge.`,
    }));
    this.#onSubmit('shadow-form', (name) => ({
      body: { shadow: name === '' ? null : name },
      text: name === '' ? 'Nobody is in shadow.' : `${name} decides in shadow.`,
    }));
    this.#pause.addEventListener('click', () => void this.#togglePause());
  }

  /** The policy that was chosen to be in charge; null before it is known. */
  get live() {
    return this.#reading?.live.name ?? null;
  }

  /** Puts `name` in charge or in shadow. @param which 'live' | 'shadow' */
  async set(which, name) {
    this.show(await write('PUT', 'policy', { [which]: name }));
    this.#changed();
  }

  /** Fills in the names that can be chosen. @returns the agents that can be trained */
  async loadNames() {
    const { policies, models, agents } = await read('policies');
    const options = [
      ...policies.map(({ name, summary }) => ({ value: name, label: summary })),
      ...models.map((model) => ({ value: model, label: 'trained model' })),
    ];
    byId('policy-names').replaceChildren(...options.map((option) => element('option', option)));
    return agents ?? ['sarsa', 'dqn', 'cem'];
  }

  /** @param reading of GET policy. */
  show(reading) {
    this.#reading = reading;
    const { live, shadow, safe, fallback } = reading;
    fill(byId('policy-reading'), JSON.stringify([live, shadow, safe, fallback?.active]), () => [
      element(
        'dl',
        { class: 'facts' },
        fact('In charge', fallback?.active ? `${safe} (for ${live.name})` : live.name),
        fact('In shadow', shadow?.name ?? 'nobody'),
        safe == null ? null : fact('Falls back to', safe),
        fallback?.switches == null ? null : fact('Fallbacks so far', String(fallback.switches)),
      ),
    ]);
    for (const [id, name] of [
      ['live-form', live.name],
      ['shadow-form', shadow?.name ?? ''],
    ]) {
      const field = byId(id).policy;
      if (field.dataset.known === name) continue;
      field.dataset.known = name;
      field.value = name;
    }
  }

  /** @param status of GET status; for farms that do not tell their policy otherwise, too. */
  showState({ state, episode }) {
    if (this.#reading === null) this.show({ live: { name: episode.policy }, shadow: null });
    this.#state = state;
    setText(this.#pause, state === 'paused' ? 'Resume' : 'Pause');
  }

  /** The candidate against the policy in charge, replayed from the farm's own arrivals. */
  async refreshShadow() {
    const report = this.#reading?.shadow ? await readIfThere('shadow') : null;
    const place = byId('shadow-report');
    fill(place, JSON.stringify(report), () => {
      if (report === null) return [];
      const head = element('h3', { text: 'Shadow against live' });
      if (report.qos === null) return [head, element('p', { class: 'soft small', text: sentence(report.because) })];
      return [head, shadowTable(report), element('p', { class: 'soft small', text: shadowFacts(report) })];
    });
  }

  #onSubmit(id, plan) {
    const form = byId(id);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const { body, text } = plan(form.policy.value.trim());
      const [which] = Object.keys(body);
      const work = async () => {
        await this.set(which, body[which]);
        return text;
      };
      void act({ said: this.#said, button: event.submitter, work: () => this.#tokens.withToken(work) });
    });
  }

  #togglePause() {
    const paused = this.#state === 'paused';
    const work = async () => {
      const { state } = await write('POST', paused ? 'resume' : 'pause');
      this.#changed();
      return `The autoscaler is ${state}.`;
    };
    return act({ said: this.#said, button: this.#pause, work: () => this.#tokens.withToken(work) });
  }
}

/** What the live policy did, and what is to be expected of the candidate with the same arrivals. */
function shadowTable({ live, candidate, qos, meanWorkers }) {
  return element(
    'table',
    { class: 'figures' },
    element('caption', { class: 'hidden', text: 'What the shadow would have done with the same arrivals' }),
    element('thead', {}, headRow('', live, candidate)),
    element(
      'tbody',
      {},
      bodyRow('In time', share(qos.live), share(qos.expected)),
      bodyRow('Mean workers', fixed(meanWorkers.live, 2), fixed(meanWorkers.expected, 2)),
    ),
  );
}

function shadowFacts({ agreement, gap, tasks, since }) {
  const more =
    gap === null ? '' : `, ${fixed(Math.abs(gap), 2)} workers ${gap < 0 ? 'fewer' : 'more'} wanted in the mean`;
  return `${count(tasks)} tasks replayed in the simulator since ${timeOfDay(since)}; agreed in ${share(agreement)} of the steps${more}.`;
}

const sentence = (text) => (text ? `${text[0].toUpperCase()}${text.slice(1)}.` : '');
const fact = (name, value) => element('div', {}, element('dt', { text: name }), element('dd', { text: value }));
const headRow = (...texts) =>
  element('tr', {}, ...texts.map((text) => (text === '' ? element('td') : element('th', { scope: 'col', text }))));
const bodyRow = (name, ...texts) =>
  element('tr', {}, element('th', { scope: 'row', text: name }), ...texts.map((text) => element('td', { text })));
