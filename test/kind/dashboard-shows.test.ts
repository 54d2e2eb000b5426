import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { soakId } from '../../bench/soak/load.ts';
import { SteadyLoad } from '../../bench/steady-load.ts';
import { clock } from '../support/farm.ts';
import { startLocalFarm } from '../support/local-farm.ts';
import { until } from '../support/until.ts';
import { hasPrometheus, startPrometheus } from './prometheus.ts';

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const { panels } = JSON.parse(readFileSync('kind/grafana/farmhand.json', 'utf8')) as { panels: readonly Panel[] };
const charts = panels.filter(({ type }) => type !== 'row');

/** What Grafana fills in: all jobs, and four scrapes. */
const filledIn = (expr: string): string => expr.replaceAll('$job', '.*').replaceAll('$__rate_interval', '8s');

test.skipIf(!hasPrometheus)(
  'every panel of the Grafana dashboard shows something while a farm works (Prometheus)',
  { timeout: 180_000 },
  async () => {
    const farm = await startLocalFarm({ FARM_CONTROL_POLICY: 'static-1', FARM_CONTROL_STEPDURATIONS: '1' });
    onTestFinished(() => farm.close());
    await using prometheus = await startPrometheus({
      global: { scrape_interval: '2s', scrape_timeout: '2s' },
      scrape_configs: ['emitter', 'worker', 'collector', 'autoscaler'].map((fn) => ({
        job_name: fn,
        metrics_path: `/function/${fn}/metrics`,
        static_configs: [{ targets: [new URL(farm.handle.url).host] }],
      })),
    });
    // More than one worker can do, so that some tasks are late.
    const load = new SteadyLoad({
      ...{ farm: farm.client, level: 2, serviceMs: 100, idOf: soakId, clock, onTrouble: () => undefined },
    });
    const over = new AbortController();
    const loading = load.run(over.signal);
    try {
      const shows = async ({ targets = [] }: Panel): Promise<boolean> => {
        const values = await Promise.all(targets.map(({ expr }) => prometheus.query(filledIn(expr))));
        return values.flat().some((value) => Number.isFinite(value));
      };
      let empty: string[] = [];
      await until(
        'all panels show something',
        async () => {
          const shown = await Promise.all(charts.map(shows));
          empty = charts.flatMap(({ title }, i) => (shown[i] === true ? [] : [title]));
          return empty.length === 0;
        },
        120_000,
      ).catch(() => expect(empty).toEqual([]));
    } finally {
      over.abort();
      await loading;
    }
  },
);
