import { address, read } from '../data/api.js';
import { curvePoint, newestTraining } from '../data/curve.js';
import { comparisonTable } from './comparison-table.js';
import { Curve } from './curve.js';
import { byId, element, fill } from './dom.js';
import { count, dateTime, duration, fixed, share } from './format.js';

/** One run: what was asked, its curves while it learns, and what came of it. */

const CURVES = [
  { title: 'In time', unit: 'share, by episode', name: 'qos', colour: 'green', format: share },
  { title: 'Mean workers', unit: 'replicas, by episode', name: 'workers', colour: 'blue', format: (v) => fixed(v, 2) },
  { title: 'Reward', unit: 'of an episode', name: 'reward', colour: 'amber', format: (v) => fixed(v, 1) },
];

export class RunDetails {
  #place = byId('run-details');
  #source = null;
  #points = [];
  #curves = [];
  #shown = null;
  #actions;

  /** @param parts {actions: run → elements, compared: result of a comparison → void} */
  constructor({ actions, compared }) {
    this.#actions = actions;
    this.compared = compared;
  }

  get id() {
    return this.#shown?.id ?? null;
  }

  /** Shows the run, and follows it while it goes on. @throws what `read` throws */
  async open(id) {
    this.#source?.close();
    this.#source = null;
    const run = await read(`runs/${encodeURIComponent(id)}`);
    this.#points = run.points.map(curvePoint);
    this.#shown = null;
    delete this.#place.dataset.key;
    this.show(run);
    if (isGoingOn(run)) this.#follow(run);
  }

  /** @param run as GET runs tells it; only the one that is open is shown. */
  show(run) {
    if (this.#shown !== null && this.#shown.id !== run.id) return;
    const ended = this.#shown?.state !== run.state && run.state === 'done';
    this.#shown = { ...this.#shown, ...run };
    this.#place.hidden = false;
    fill(this.#place, `${run.id} ${run.state}`, () => this.#content());
    this.#showCurves();
    // A gateway that answered for a function that was away has ended the stream for good.
    if (this.#source?.readyState === EventSource.CLOSED && isGoingOn(run))
      void this.open(run.id).catch(() => undefined);
    if (ended && run.kind === 'compare' && this.#shown.result != null) this.compared(this.#shown.result);
  }

  #follow(run) {
    const source = new EventSource(address(`runs/${encodeURIComponent(run.id)}/events`));
    this.#source = source;
    source.addEventListener('progress', ({ data }) => {
      const { point } = JSON.parse(data);
      if (point == null) return;
      const made = curvePoint(point, this.#points.length);
      const last = this.#points.at(-1);
      // The stream begins with what was read already.
      if (last !== undefined && made.training === last.training && made.episode <= last.episode) return;
      if (last !== undefined && made.training < last.training) return;
      this.#points.push(made);
      this.#showCurves();
    });
    source.addEventListener('end', () => {
      source.close();
      void this.open(run.id).catch(() => undefined);
    });
  }

  #showCurves() {
    const points = newestTraining(this.#points);
    for (const curve of this.#curves) curve.show(points);
  }

  #content() {
    const run = this.#shown;
    this.#curves = CURVES.map((spec) => new Curve(spec));
    const lasted = run.endedAt == null ? null : duration(run.endedAt - run.createdAt);
    return [
      element(
        'div',
        { class: 'section-head' },
        element('h3', { id: 'run-title', text: `${run.kind} ${run.id}` }),
        element('div', { class: 'row-buttons' }, ...this.#actions(run)),
      ),
      element('p', {
        class: 'soft small',
        text: `${describeRequest(run.request)} · asked for ${dateTime(run.createdAt)}${lasted === null ? '' : `, ended after ${lasted}`}`,
      }),
      ...(run.error == null
        ? []
        : [element('p', { class: 'said failed', text: run.error.message ?? String(run.error) })]),
      element('div', { class: 'charts' }, ...this.#curves.map((curve) => curve.element)),
      ...resultOf(run),
    ];
  }
}

const isGoingOn = ({ state }) => state === 'queued' || state === 'running';

/** What was asked, in a line. */
export function describeRequest(request) {
  return Object.entries(request ?? {})
    .filter(([, value]) => (value != null && typeof value !== 'object') || Array.isArray(value))
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(', ') : value}`)
    .join(' · ');
}

/** What came of it; a comparison has a section of its own. */
function resultOf({ result, kind }) {
  if (result == null || kind === 'compare') return [];
  if (kind === 'evaluate') return [comparisonTable([result])];
  const { model, final, episodes, seconds } = result;
  return [
    element(
      'dl',
      { class: 'facts' },
      fact('Model', brief(model)),
      fact('In time, held-out seeds', share(final?.qos)),
      fact('Mean workers', fixed(final?.meanWorkers, 2)),
      fact('Reward', fixed(final?.reward, 1)),
      fact('Episodes', count(episodes)),
      fact('Took', seconds == null ? '–' : duration(seconds * 1000)),
    ),
  ];
}

/** An id is long; its beginning tells it apart, and the whole of it is in the list of models. */
const brief = (id) => (id === undefined ? undefined : `${id.slice(0, 19)}…`);

const fact = (name, value) => element('div', {}, element('dt', { text: name }), element('dd', { text: value ?? '–' }));
