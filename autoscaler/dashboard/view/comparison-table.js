import { element } from './dom.js';
import { fixed, plusMinus, share } from './format.js';

/** Policies that were played on the same seeds, means with 95 % intervals. */

const COLUMNS = [
  ['Policy', ({ policy }) => policy],
  [
    'In time',
    ({ qos, qosCi }) =>
      share(qos) +
      plusMinus(
        qosCi?.map((end) => end * 100),
        qos,
        2,
      ),
  ],
  [
    'Mean workers',
    ({ meanWorkers, meanWorkersCi }) => fixed(meanWorkers, 2) + plusMinus(meanWorkersCi, meanWorkers, 2),
  ],
  ['Most', ({ maxWorkers }) => fixed(maxWorkers, 1)],
  ['Scaling actions', ({ scalingActions }) => fixed(scalingActions, 1)],
  ['Reward', ({ reward }) => fixed(reward, 1)],
  ['Knows the timetable', ({ usesClock }) => (usesClock ? 'yes' : 'no')],
  ['Episodes', ({ seeds }) => String(seeds ?? '')],
];

/** @param rows of a comparison, or the one of an evaluation */
export function comparisonTable(rows) {
  const heads = COLUMNS.map(([text], i) => element('th', { scope: 'col', class: i === 0 ? '' : 'number', text }));
  const body = rows.map((one) =>
    element(
      'tr',
      {},
      ...COLUMNS.map(([, text], i) =>
        i === 0
          ? element('th', { scope: 'row', text: text(one) })
          : element('td', { class: 'number', text: text(one) }),
      ),
    ),
  );
  return element(
    'div',
    { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Comparison as a table' },
    element(
      'table',
      {},
      element('caption', { class: 'hidden', text: 'Policies of the last comparison, means with 95 % intervals' }),
      element('thead', {}, element('tr', {}, ...heads)),
      element('tbody', {}, ...body),
    ),
  );
}
