import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { documentedMetrics, metricsOf } from './documented-metrics.ts';
import { hasPromtool, promtool } from './promtool.ts';

const RULES = 'kind/prometheus/alerts.yml';
const TESTS = 'kind/prometheus/alerts.test.yml';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
}

const { groups } = parse(readFileSync(RULES, 'utf8')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

test.skipIf(!hasPromtool)('the rules are valid, and fire when they should (promtool)', () => {
  const checked = promtool('check', 'rules', RULES);
  expect(checked.status, checked.said).toBe(0);
  const tested = promtool('test', 'rules', TESTS);
  expect(tested.status, tested.said).toBe(0);
});

test.each(rules.map((rule) => [rule.alert, rule] as const))('%s reads metrics that there are', (_alert, { expr }) => {
  const names = documentedMetrics().map(({ name }) => name);
  expect(metricsOf(expr)).not.toEqual([]);
  for (const metric of metricsOf(expr)) expect(names).toContain(metric);
});

test('every rule has a test that sees it fire, and stands in docs/metrics.md with its severity', () => {
  const written = readFileSync(TESTS, 'utf8');
  const page = readFileSync('docs/metrics.md', 'utf8');
  const documented = [...page.matchAll(/^\| `(Farmhand\w+)` \| (\w+) \|/gm)].map(([, name, severity]) => [
    name,
    severity,
  ]);
  expect(documented).toEqual(rules.map(({ alert, labels }) => [alert, labels.severity]));
  const suite = parse(written, { merge: true }) as {
    tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
  };
  const cases = suite.tests.flatMap(({ alert_rule_test: listed }) => listed);
  for (const { alert } of rules) {
    const ofIt = cases
      .filter(({ alertname }) => alertname === alert)
      .map(({ exp_alerts: expected }) => expected.length);
    expect([alert, Math.max(...ofIt), Math.min(...ofIt)]).toEqual([alert, 1, 0]);
  }
});
