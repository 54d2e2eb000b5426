/** Points with intervals in SVG: few of them, named, and the same at every size. */

const SVG = 'http://www.w3.org/2000/svg';
const SIZE = { width: 760, height: 320, left: 52, right: 90, top: 14, bottom: 40 };
/** Names closer than this would lie on each other. */
const LINE = 13;

/**
 * @param points {name, kind: 'policy' | 'static' | 'bound', x: workers, y: share, xCi?, yCi?}
 */
export function drawScatter(points) {
  const xScale = scale(
    points.map(({ x }) => x),
    { least: 1, most: Infinity },
  );
  const yScale = scale(
    points.map(({ y }) => y),
    { least: 0.02, most: 1.005 },
  );
  const place = {
    x: (value) => SIZE.left + xScale.of(value) * (SIZE.width - SIZE.left - SIZE.right),
    y: (value) => SIZE.height - SIZE.bottom - yScale.of(value) * (SIZE.height - SIZE.top - SIZE.bottom),
  };
  const svg = make('svg', { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, class: 'scatter', role: 'img' });
  svg.setAttribute('aria-label', summary(points));
  svg.append(...axes(place, { xScale, yScale }), ...frontier(points, place));
  svg.append(...points.map((point) => mark(point, place)), ...names(points, place));
  return svg;
}

/**
 * An axis over the values with some room; never below 0. An interval that goes on beyond it is cut off there: with two episodes it
 * may be wider than the world.
 */
function scale(values, { least, most }) {
  const spread = Math.max(...values) - Math.min(...values);
  const room = Math.max(least, spread * 0.15);
  const low = Math.max(0, Math.min(...values) - room);
  const high = Math.min(most, Math.max(...values) + room);
  const step = niceStep((high - low) / 6);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + 1e-9; tick += step) ticks.push(tick);
  return { ticks, of: (value) => (Math.min(Math.max(value, low), high) - low) / (high - low || 1) };
}

/** 1, 2 or 5 times a power of ten, at least `rough`. */
function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
}

function axes({ x, y }, { xScale, yScale }) {
  const bottom = SIZE.height - SIZE.bottom;
  const right = SIZE.width - SIZE.right;
  return [
    ...yScale.ticks.flatMap((tick) => [
      line(SIZE.left, y(tick), right, y(tick), 'grid'),
      label(SIZE.left - 8, y(tick) + 4, `${+(tick * 100).toFixed(1)} %`, { 'text-anchor': 'end' }),
    ]),
    ...xScale.ticks.map((tick) => label(x(tick), bottom + 18, String(+tick.toFixed(2)), { 'text-anchor': 'middle' })),
    line(SIZE.left, bottom, right, bottom, 'grid'),
    label((SIZE.left + right) / 2, SIZE.height - 6, 'mean workers', { 'text-anchor': 'middle' }),
    label(SIZE.left, SIZE.top - 4, 'in time', {}),
  ];
}

/** What a fixed number of workers reaches, for every number. */
function frontier(points, { x, y }) {
  const pools = points.filter(({ kind }) => kind === 'static').sort((a, b) => a.x - b.x);
  if (pools.length < 2) return [];
  return [make('polyline', { class: 'frontier', points: pools.map((p) => `${x(p.x)},${y(p.y)}`).join(' ') })];
}

function mark(point, { x, y }) {
  const group = make('g', { class: point.kind });
  const { xCi, yCi } = point;
  if (xCi) group.append(line(x(xCi[0]), y(point.y), x(xCi[1]), y(point.y), 'ci'));
  if (yCi) group.append(line(x(point.x), y(yCi[0]), x(point.x), y(yCi[1]), 'ci'));
  group.append(make('circle', { cx: x(point.x), cy: y(point.y), r: point.kind === 'static' ? 3.5 : 5 }));
  return group;
}

/** Beside their points, pushed down where they would meet. */
function names(points, { x, y }) {
  const placed = [];
  return [...points]
    .sort((a, b) => b.y - a.y)
    .map((point) => {
      const at = { x: x(point.x) + 9, y: y(point.y) + 4 };
      const width = point.name.length * 6.5;
      while (placed.some((other) => Math.abs(other.y - at.y) < LINE && at.x < other.to && other.x < at.x + width)) {
        at.y += LINE;
      }
      placed.push({ ...at, to: at.x + width });
      return label(at.x, at.y, point.name, { class: point.kind === 'static' ? '' : 'name' });
    });
}

function summary(points) {
  const parts = points.map(({ name, x, y }) => `${name} ${(y * 100).toFixed(1)} % with ${x.toFixed(2)} workers`);
  return `Share in time against mean workers. ${parts.join('; ')}.`;
}

const line = (x1, y1, x2, y2, className) => make('line', { x1, y1, x2, y2, class: className });

function label(x, y, text, attributes) {
  const made = make('text', { x, y, ...attributes });
  made.textContent = text;
  return made;
}

function make(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
