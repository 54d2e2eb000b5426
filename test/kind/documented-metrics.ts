import { readFileSync } from 'node:fs';

export interface DocumentedMetric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
}

/** | `name` | type | labels | what | of docs/metrics.md. */
const ROW = /^\| `(\w+)` \| (counter|gauge|histogram) \| ([^|]*) ?\|/;

/** Every metric of docs/metrics.md. */
export function documentedMetrics(): readonly DocumentedMetric[] {
  return readFileSync('docs/metrics.md', 'utf8')
    .split('\n')
    .map((line) => ROW.exec(line))
    .filter((row) => row !== null)
    .map(([, name = '', type = '', labels = '']) => ({
      name,
      type,
      labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label),
    }));
}

/** The metrics that a query names; a histogram's `_bucket`, `_sum` and `_count` stand for the histogram. */
export function metricsOf(query: string): readonly string[] {
  return [...query.matchAll(/\b((?:farmhand|process|nodejs)_\w+)/g)].map(([, name = '']) =>
    name.replace(/_(?:bucket|sum|count)$/, ''),
  );
}
