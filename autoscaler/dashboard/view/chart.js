import { element, setText } from './dom.js';
import { timeOfDay } from './format.js';

/**
 * One chart over time, with a legend that shows the values at the cursor (or the newest), keys that move the cursor, and a
 * sentence and a table that say the same. Drawn when it is visible and something changed, one chart a frame.
 */

const HEIGHT = 150;
const TABLE_ROWS = 12;
const SYNC = 'farm';
/** What the ticks of the time axis may be apart. */
const TIME_STEPS_S = [1, 5, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 21_600];

const waiting = new Set();

/** Charts take turns, so that no frame has more than one of them to draw. */
function drawSoon(chart) {
  const idle = waiting.size === 0;
  waiting.add(chart);
  if (idle) requestAnimationFrame(drawNext);
}

function drawNext() {
  const [chart] = waiting;
  if (chart === undefined) return;
  waiting.delete(chart);
  chart.draw();
  if (waiting.size > 0) requestAnimationFrame(drawNext);
}

export class Chart {
  #spec;
  #source;
  #plot = null;
  #visible = false;
  #stale = true;
  #columns = [[]];

  /**
   * @param spec {title, unit, series: [{name, label, colour, step?, dash?, fill?}], format, top?: the scale's least maximum}
   * @param source () → {columns: [times in s, ...values], from, to} of what is to be shown; times in s
   */
  constructor(spec, source) {
    this.#spec = spec;
    this.#source = source;
    this.#build();
    new ResizeObserver(() => this.#resize()).observe(this.canvas);
    new IntersectionObserver(([entry]) => {
      this.#visible = entry.isIntersecting;
      if (this.#visible && this.#stale) drawSoon(this);
    }).observe(this.element);
  }

  /** There is something new to show. */
  update() {
    this.#stale = true;
    if (this.#visible) drawSoon(this);
  }

  /** Colours or scheme have changed. */
  restyle() {
    this.#plot?.destroy();
    this.#plot = null;
    this.update();
  }

  draw() {
    this.#stale = false;
    const shown = this.#source();
    this.#columns = shown.columns;
    this.#plot ??= this.#makePlot();
    this.element.classList.toggle('empty', shown.columns[0].length === 0);
    this.#range = shown;
    this.#plot.setData(shown.columns, true);
    this.#describe();
  }

  #range = { from: 0, to: 1 };

  #build() {
    const { title, unit, series } = this.#spec;
    this.values = series.map(() => element('b', { text: '–' }));
    const legend = element(
      'ul',
      { class: 'legend', 'aria-hidden': 'true' },
      ...series.map(({ label, colour, dash }, i) =>
        element(
          'li',
          {},
          element('i', { class: `key ${colour}${dash ? ' dashed' : ''}` }),
          element('span', { text: label }),
          this.values[i],
        ),
      ),
    );
    this.keys = [...legend.querySelectorAll('i')];
    this.canvas = element('div', { class: 'plot', tabIndex: 0, role: 'img', 'aria-label': title });
    this.canvas.addEventListener('keydown', (event) => this.#moveCursor(event));
    this.spoken = element('span', { class: 'hidden', role: 'status' });
    this.table = element('div', { class: 'scroll' });
    const details = element(
      'details',
      { on: { toggle: () => this.#fillTable() } },
      element('summary', { text: `${title} as a table` }),
      this.table,
    );
    this.details = details;
    this.element = element(
      'figure',
      { class: 'chart empty' },
      element('figcaption', {}, element('h4', { text: title }), element('span', { class: 'soft', text: unit }), legend),
      this.canvas,
      this.spoken,
      details,
    );
  }

  #makePlot() {
    const { series, top = 1, format } = this.#spec;
    const style = getComputedStyle(this.element);
    const ink = getComputedStyle(this.element.querySelector('figcaption .soft')).color;
    const grid = style.getPropertyValue('outline-color');
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: '11px system-ui' };
    return new uPlot(
      {
        ...{ width: this.canvas.clientWidth, height: HEIGHT, legend: { show: false }, padding: [8, 8, 0, 0] },
        cursor: { sync: { key: SYNC, setSeries: false }, drag: { x: false, y: false }, points: { size: 6 }, y: false },
        scales: {
          x: { time: true, range: () => [this.#range.from, this.#range.to] },
          y: { range: (_plot, _low, high) => [0, Math.max(top, (high ?? 0) * 1.08)] },
        },
        axes: [
          {
            ...axis,
            size: 24,
            space: 56,
            incrs: TIME_STEPS_S,
            values: (_plot, splits) => splits.map((s) => timeOfDay(s * 1000).slice(...shownPart(splits))),
          },
          { ...axis, size: 42, space: 28, values: (_plot, splits) => splits.map((value) => format(value, true)) },
        ],
        series: [{}, ...series.map((one, i) => seriesOf(one, getComputedStyle(this.keys[i])))],
        hooks: { setCursor: [() => this.#showValues()] },
      },
      this.#columns,
      this.canvas,
    );
  }

  #resize() {
    if (this.#plot === null || this.canvas.clientWidth === 0) return;
    this.#plot.setSize({ width: this.canvas.clientWidth, height: HEIGHT });
  }

  /** The values at the cursor, or the newest ones. */
  #showValues() {
    const [times] = this.#columns;
    const at = this.#plot?.cursor.idx ?? times.length - 1;
    this.values.forEach((value, i) => setText(value, this.#spec.format(this.#columns[i + 1][at] ?? null)));
  }

  #moveCursor(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    const [times] = this.#columns;
    if (steps === undefined || this.#plot === null || times.length === 0) return;
    event.preventDefault();
    const from = this.#plot.cursor.idx ?? times.length - 1;
    const to = Math.min(Math.max(from + steps, 0), times.length - 1);
    this.#plot.setCursor({ left: this.#plot.valToPos(times[to], 'x'), top: HEIGHT / 2 });
    const parts = this.#spec.series.map(
      ({ label }, i) => `${label} ${this.#spec.format(this.#columns[i + 1][to] ?? null)}`,
    );
    setText(this.spoken, `${timeOfDay(times[to] * 1000)}: ${parts.join(', ')}`);
  }

  #describe() {
    this.#showValues();
    const { title, series, format } = this.#spec;
    const parts = series.map(({ label }, i) => {
      const known = this.#columns[i + 1].filter((value) => value !== null);
      this.keys[i].parentElement.hidden = known.length === 0;
      if (known.length === 0) return `${label} unknown`;
      const [low, high] = extremes(known);
      return `${label} now ${format(known.at(-1))}, from ${format(low)} to ${format(high)}`;
    });
    this.canvas.ariaLabel = `${title}: ${this.#columns[0].length === 0 ? 'nothing seen yet' : parts.join('; ')}`;
    this.#fillTable();
  }

  /** A few rows of the same, evenly spread, newest first; only while somebody looks. */
  #fillTable() {
    if (!this.details.open) return;
    const { series, format } = this.#spec;
    const [times, ...values] = this.#columns;
    const every = Math.max(1, Math.ceil(times.length / TABLE_ROWS));
    const rows = [];
    for (let at = times.length - 1; at >= 0; at -= every) {
      const cells = values.map((column) => element('td', { text: format(column[at] ?? null) }));
      rows.push(element('tr', {}, element('th', { scope: 'row', text: timeOfDay(times[at] * 1000) }), ...cells));
    }
    const heads = ['Time', ...series.map(({ label }) => label)].map((text) => element('th', { scope: 'col', text }));
    this.table.replaceChildren(
      element(
        'table',
        {},
        element('caption', { class: 'hidden', text: this.#spec.title }),
        element('thead', {}, element('tr', {}, ...heads)),
        element('tbody', {}, ...rows),
      ),
    );
  }
}

/** Of 14:05:09: hours and minutes, and the seconds where ticks are closer than a minute. */
const shownPart = ([first, second = Infinity]) => (second - first < 60 ? [0, 8] : [0, 5]);

function seriesOf({ label, step, dash, fill, width = 1.5 }, { color, backgroundColor }) {
  return {
    label,
    width,
    stroke: color,
    ...(fill ? { fill: backgroundColor } : {}),
    ...(dash ? { dash: [5, 4] } : {}),
    ...(step ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
    points: { show: false },
  };
}

function extremes(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** Calls `listener` when the colours change with the system. */
export function onSchemeChange(listener) {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', listener);
}
