import { address, readIfThere, write } from '../data/api.js';
import { act } from './act.js';
import { byId, element, fill, row } from './dom.js';
import { bytes, dateTime, fixed, share } from './format.js';

/** The models that are kept: promote one, put it in charge or in shadow, roll back, download, bring one along. */

const HEADINGS = ['Model', 'Agent', 'In time', 'Workers', 'Stored', ''];

export class Models {
  #body = byId('model-rows');
  #said = byId('models-said');
  #tokens;
  #policy;

  /** @param parts {tokens, policy: PolicyPanel} */
  constructor({ tokens, policy }) {
    this.#tokens = tokens;
    this.#policy = policy;
    const upload = byId('upload');
    upload.addEventListener('change', () => {
      const [file] = upload.files;
      if (file !== undefined) void this.#upload(file);
      upload.value = '';
    });
  }

  async refresh() {
    const answer = await readIfThere('models');
    const models = answer?.models ?? [];
    const nothing =
      answer === null ? 'This autoscaler keeps no models.' : 'No model yet: train one, or bring one along.';
    fill(this.#body, nothing + JSON.stringify(models), () =>
      models.length === 0
        ? [element('tr', {}, element('td', { colSpan: HEADINGS.length, class: 'soft', text: nothing }))]
        : models.map((model) => this.#row(model)),
    );
    await this.#policy.loadNames();
  }

  /** From now on the model's name stands for it. @returns a sentence; null where no token is given */
  promote(id) {
    return this.#tokens.withToken(async () => {
      const { name, version } = await write('POST', `models/${encodeURIComponent(id)}/promote`);
      await this.refresh();
      return `${name} now is version ${version}; it can be put in charge by its name.`;
    });
  }

  #row(model) {
    const { id, version, agent, figures, createdAt, promoted, lineage } = model;
    return row(HEADINGS, [
      [
        element('b', { text: calledOf(model), title: id }),
        version === 0 ? element('span', { class: 'pill promoted', text: 'shipped' }) : null,
        promoted && version > 0
          ? element('span', { class: 'pill promoted', 'data-state': 'done', text: 'promoted' })
          : null,
        element('div', { class: 'soft small', text: origin(lineage) }),
      ],
      agent,
      share(figures?.qos),
      fixed(figures?.meanWorkers, 2),
      [dateTime(createdAt), element('div', { class: 'soft small', text: bytes(model.bytes) })],
      element('div', { class: 'row-buttons' }, ...this.#buttons(model)),
    ]);
  }

  #buttons(model) {
    const { id, name, version, promoted } = model;
    const called = calledOf(model);
    const put = (which) => () =>
      this.#tokens.withToken(async () => {
        await this.#policy.set(which, promoted ? name : called);
        return which === 'live' ? `${called} is in charge.` : `${called} decides in shadow.`;
      });
    return [
      version === 0 ? null : this.#standing(model),
      this.#button('Put in charge', `Put in charge ${called}`, put('live')),
      this.#button('Shadow', `Shadow with ${called}`, put('shadow')),
      element('a', {
        href: address(`models/${encodeURIComponent(id)}/download`),
        download: `${name}-${version}.json`,
        text: 'Download',
        'aria-label': `Download ${called}`,
      }),
    ];
  }

  /** Promotes, or takes back what was promoted. */
  #standing({ id, name, promoted, ...model }) {
    if (promoted) return this.#button('Roll back', `Roll back ${name}`, () => this.#rollback(name));
    return this.#button('Promote', `Promote ${calledOf({ name, ...model })}`, () => this.promote(id));
  }

  #rollback(name) {
    return this.#tokens.withToken(async () => {
      const { version } = await write('POST', `models/${encodeURIComponent(name)}/rollback`);
      await this.refresh();
      return `${name} is version ${version} again.`;
    });
  }

  #upload(file) {
    const work = async () => {
      const { name, version } = await write('POST', 'models', file);
      await this.refresh();
      return `${file.name} is kept as ${name}@${version}.`;
    };
    return act({ said: this.#said, work: () => this.#tokens.withToken(work) });
  }

  #button(text, label, work) {
    const button = element('button', { type: 'button', class: 'quiet', text, 'aria-label': label });
    button.addEventListener('click', () => void act({ said: this.#said, button, work }));
    return button;
  }
}

/** A version's own name; a shipped model has but one. */
const calledOf = ({ name, version }) => (version === 0 ? name : `${name}@${version}`);

/** Where a model comes from, in a line. */
function origin(lineage) {
  if (lineage == null) return '';
  const { source, data, episodes, seed } = lineage;
  const parts = [source, data?.workload, data?.profile, episodes == null ? null : `${episodes} episodes`];
  return [...parts, seed == null ? null : `seed ${seed}`].filter((part) => part != null).join(' · ');
}
