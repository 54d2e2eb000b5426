import { History, RANGES } from '../data/history.js';
import { SERIES } from '../data/sample.js';
import { Chart, onSchemeChange } from './chart.js';
import { byId, element } from './dom.js';

/** The charts of the farm over time, and the choice of how much time. */

const KEY = 'farmhand-range';
const whole = (value, axis) => (value == null ? '–' : String(axis ? value : Math.round(value)));
const tenths = (unit) => (value, axis) =>
  value == null ? '–' : axis ? String(+value.toFixed(2)) : `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`;

const SPECS = [
  {
    title: 'Workers',
    unit: 'replicas',
    format: whole,
    top: 4,
    series: [
      { name: 'granted', label: 'granted', colour: 'green', step: true, fill: true },
      { name: 'ready', label: 'ready', colour: 'blue', step: true },
      { name: 'desired', label: 'asked for', colour: 'ink', step: true, dash: true, width: 1 },
      { name: 'proposed', label: 'shadow', colour: 'violet', step: true, dash: true },
    ],
  },
  {
    title: 'Queues',
    unit: 'tasks',
    format: whole,
    top: 5,
    series: [
      { name: 'waiting', label: 'waiting', colour: 'amber', fill: true },
      { name: 'inFlight', label: 'at a worker', colour: 'blue' },
      { name: 'result', label: 'to collect', colour: 'green' },
      { name: 'input', label: 'input', colour: 'soft', dash: true },
    ],
  },
  {
    title: 'Arrivals and completions',
    unit: 'tasks/s',
    format: tenths('/s'),
    series: [
      { name: 'arrivals', label: 'arriving', colour: 'blue', fill: true },
      { name: 'completions', label: 'completed', colour: 'green' },
    ],
  },
  {
    title: 'In time',
    unit: '% of the window’s tasks',
    format: tenths('%'),
    top: 100,
    series: [{ name: 'qos', label: 'QoS', colour: 'green', fill: true }],
  },
  {
    title: 'Deadlines missed',
    unit: 'tasks a step',
    format: whole,
    top: 4,
    series: [{ name: 'missed', label: 'missed', colour: 'red', fill: true, step: true }],
  },
  {
    title: 'Time to result',
    unit: 's',
    format: tenths('s'),
    series: [
      { name: 'avgTime', label: 'mean', colour: 'blue' },
      { name: 'maxTime', label: 'longest', colour: 'amber' },
    ],
  },
];

export class FarmCharts {
  #history = new History(SERIES);
  #rangeMs = Number(localStorage.getItem(KEY)) || RANGES[0].ms;
  #charts;

  constructor() {
    if (!RANGES.some(({ ms }) => ms === this.#rangeMs)) this.#rangeMs = RANGES[0].ms;
    this.#charts = SPECS.map((spec) => {
      const names = spec.series.map(({ name }) => name);
      return new Chart(spec, () => {
        const { from, to } = this.#history.span(this.#rangeMs);
        return { columns: this.#history.columns(names, this.#rangeMs), from: from / 1000, to: to / 1000 };
      });
    });
    byId('charts').replaceChildren(...this.#charts.map((chart) => chart.element));
    byId('ranges').append(...RANGES.map((range) => this.#choice(range)));
    onSchemeChange(() => this.restyle());
  }

  /** @param sample of data/sample.js. */
  add({ at, values }) {
    this.#history.add(at, values);
  }

  update() {
    for (const chart of this.#charts) chart.update();
  }

  restyle() {
    for (const chart of this.#charts) chart.restyle();
  }

  #choice({ name, ms }) {
    const choose = () => {
      this.#rangeMs = ms;
      localStorage.setItem(KEY, String(ms));
      this.update();
    };
    return element(
      'label',
      {},
      element('input', { type: 'radio', name: 'range', checked: ms === this.#rangeMs, on: { change: choose } }),
      element('span', { text: name }),
    );
  }
}
