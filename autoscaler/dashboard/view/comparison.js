import { comparisonTable } from './comparison-table.js';
import { byId, element, fill } from './dom.js';
import { drawScatter } from './scatter.js';

/**
 * QoS against workers: what each policy of the last comparison reaches, with the line that fixed pools of workers draw and
 * the bound of one that knows the future. Left and up is better.
 */
export class Comparison {
  constructor() {
    this.show(null);
  }

  /** @param result of a comparison: {rows}; null: there was none. */
  show(result) {
    const rows = result?.rows ?? [];
    fill(byId('comparison-body'), JSON.stringify(rows), () =>
      rows.length === 0
        ? [
            element('p', {
              class: 'soft',
              text: 'No comparison yet. Start one under Runs: it plays every policy on the same tasks.',
            }),
          ]
        : [drawScatter(rows.map(pointOf)), comparisonTable(rows)],
    );
  }
}

const STATIC = /^static-(\d+)$/;

function pointOf({ policy, qos, qosCi, meanWorkers, meanWorkersCi, deployable }) {
  const kind = STATIC.test(policy) ? 'static' : deployable === false ? 'bound' : 'policy';
  return { name: policy, kind, x: meanWorkers, y: qos, xCi: meanWorkersCi, yCi: qosCi };
}
