import { endedOf, missedOf } from '../data/sample.js';
import { byId, element, fill, setText } from './dom.js';
import { count, fixed, rate, seconds, share, timeOfDay } from './format.js';

/** The figures of now: six tiles, and the tasks on their way. */

const TILES = [
  ['workers', 'Workers'],
  ['qos', 'In time'],
  ['waiting', 'Waiting'],
  ['arrivals', 'Arriving'],
  ['time', 'Time to result'],
  ['missed', 'Deadlines missed'],
];

const STAGES = [
  ['input', 'input'],
  ['waiting', 'waiting'],
  ['inFlight', 'at a worker'],
  ['result', 'to collect'],
  ['output', 'completed'],
  ['dead', 'dead letters'],
];

export class Tiles {
  #tiles;
  #stages;
  #dots = element('span', { class: 'dots', 'aria-hidden': 'true' });

  constructor() {
    this.#tiles = Object.fromEntries(
      TILES.map(([id]) => [id, { figure: element('b', { text: '–' }), about: element('small', {}) }]),
    );
    byId('tiles').replaceChildren(
      ...TILES.map(([id, label]) => {
        const { figure, about } = this.#tiles[id];
        const said = element('dd', {}, figure, about);
        if (id === 'workers') said.append(this.#dots);
        return element('div', { class: 'tile', 'data-tile': id }, element('dt', { text: label }), said);
      }),
    );
    this.#stages = Object.fromEntries(STAGES.map(([id]) => [id, element('b', { text: '–' })]));
    byId('stages').replaceChildren(
      ...STAGES.map(([id, label]) =>
        element('li', { 'data-stage': id }, this.#stages[id], element('span', { text: label })),
      ),
    );
  }

  /** @param status of GET status. */
  show({ workers, queue, observation, info, episode, totals }) {
    this.#tile('workers', `${count(workers?.ready)} / ${count(workers?.granted)}`, {
      about: `ready of granted · asked for ${count(workers?.desired)} · mean ${fixed(episode.workers.mean, 2)} · most ${count(episode.workers.max)}`,
      alert: workers !== null && workers.granted < workers.desired,
    });
    this.#showDots(workers);
    const held = info === null || info.fresh ? '' : 'last known; no task ended in the window';
    this.#tile('qos', share(observation?.qosRate), {
      about: held || `of the tasks of the last ${episode.settings.observationWindowS} s`,
      alert: observation !== null && observation.qosRate < 0.95,
    });
    const slackS = info?.oldestSlackMs == null ? null : info.oldestSlackMs / 1000;
    this.#tile('waiting', `${count(queue?.waiting)} tasks`, {
      about:
        slackS === null
          ? 'none is late'
          : slackS < 0
            ? `the oldest is ${seconds(-slackS)} late`
            : `the oldest must start in ${seconds(slackS)}`,
      alert: slackS !== null && slackS < 0,
    });
    this.#tile('arrivals', rate(observation?.arrivalRate), { about: `${seconds(info?.meanServiceS)} of work each` });
    this.#tile('time', seconds(observation?.avgTime), { about: `mean; longest ${seconds(observation?.maxTime)}` });
    const missed = missedOf(totals);
    this.#tile('missed', `${count(missed)} tasks`, {
      about: `of ${count(endedOf(totals))} since the farm was made; ${count(queue?.deadLetters)} dead letters`,
      alert: (queue?.deadLetters ?? 0) > 0,
    });
    this.#showStages({ ...queue, output: observation?.outputQueue, dead: queue?.deadLetters });
    setText(byId('seen'), info === null ? 'not seen yet' : `seen at ${timeOfDay(info.at)}`);
  }

  #tile(id, figure, { about, alert = false }) {
    const tile = this.#tiles[id];
    setText(tile.figure, figure);
    setText(tile.about, about);
    tile.figure.classList.toggle('alert', alert);
  }

  #showStages(figures) {
    for (const [id, stage] of Object.entries(this.#stages)) setText(stage, count(figures[id]));
    this.#stages.dead.parentElement.classList.toggle('some', (figures.dead ?? 0) > 0);
  }

  /** One dot a worker: full when ready, pale while it starts, empty when it was asked for and not granted. */
  #showDots(workers) {
    const { ready = 0, granted = 0, desired = 0 } = workers ?? {};
    const kinds = Array.from({ length: Math.max(ready, granted, desired) }, (_, i) =>
      i < ready ? 'ready' : i < granted ? 'granted' : 'asked',
    );
    fill(this.#dots, kinds.join(), () => kinds.map((kind) => element('i', { class: kind })));
  }
}
