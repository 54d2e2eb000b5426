import { smoothed } from '../data/curve.js';
import { element, setText } from './dom.js';

/** A curve over the episodes of a training. */

const HEIGHT = 130;

export class Curve {
  #spec;
  #plot = null;
  #key;

  /** @param spec {title, unit, name: of data/curve.js, colour, format} */
  constructor(spec) {
    this.#spec = spec;
    this.#key = element('i', { class: `key ${spec.colour}` });
    this.newest = element('b', { text: '–' });
    this.place = element('div', { class: 'plot short', role: 'img', 'aria-label': spec.title });
    this.element = element(
      'figure',
      { class: 'chart' },
      element(
        'figcaption',
        {},
        element('h4', { text: spec.title }),
        element('span', { class: 'soft', text: spec.unit }),
        element('ul', { class: 'legend', 'aria-hidden': 'true' }, element('li', {}, this.#key, 'newest', this.newest)),
      ),
      this.place,
    );
    new ResizeObserver(() => {
      if (this.place.clientWidth > 0) this.#plot?.setSize({ width: this.place.clientWidth, height: HEIGHT });
    }).observe(this.place);
  }

  /** @param points of data/curve.js, in order. */
  show(points) {
    const { title, name, format } = this.#spec;
    const [episodes, values] = smoothed(points, name);
    this.element.hidden = episodes.length === 0;
    if (episodes.length === 0 || !this.element.isConnected) return;
    this.#plot ??= this.#makePlot();
    this.#plot.setData([episodes, values]);
    setText(this.newest, format(values.at(-1)));
    this.place.ariaLabel =
      `${title} over ${episodes.at(-1)} episodes: first ${format(values[0])}, ` +
      `newest ${format(values.at(-1))}, best ${format(Math.max(...values))}`;
  }

  #makePlot() {
    const { color, backgroundColor } = getComputedStyle(this.#key);
    const soft = getComputedStyle(this.element.querySelector('.soft')).color;
    const grid = { stroke: getComputedStyle(this.element).outlineColor, width: 1 };
    const axis = { stroke: soft, grid, ticks: { show: false }, font: '11px system-ui' };
    return new uPlot(
      {
        ...{ width: this.place.clientWidth || 300, height: HEIGHT, legend: { show: false }, padding: [8, 8, 0, 0] },
        cursor: { show: false },
        scales: { x: { time: false } },
        axes: [
          { ...axis, size: 26 },
          { ...axis, size: 48, space: 28 },
        ],
        series: [{}, { stroke: color, fill: backgroundColor, width: 1.5, points: { show: false } }],
      },
      [[], []],
      this.place,
    );
  }
}
