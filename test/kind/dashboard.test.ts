import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { documentedMetrics, metricsOf } from './documented-metrics.ts';
import { hasPromtool, promtool } from './promtool.ts';

const source = z.object({ type: z.literal('prometheus'), uid: z.string() });
const target = z.object({ refId: z.string(), datasource: source, expr: z.string().min(1), legendFormat: z.string() });
const place = z.object({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1).max(24), h: z.int().min(1) });

/** The parts of Grafana's dashboard model that an import needs (schema version 39). */
const dashboard = z.object({
  title: z.string(),
  uid: z.string().max(40),
  schemaVersion: z.int().min(36),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.enum(['datasource', 'query']) })) }),
  panels: z.array(
    z.discriminatedUnion('type', [
      z.object({ id: z.int(), type: z.literal('row'), title: z.string(), gridPos: place }),
      ...(['timeseries', 'stat'] as const).map((type) =>
        z.object({
          ...{ id: z.int(), type: z.literal(type), title: z.string().min(1), gridPos: place, datasource: source },
          targets: z.array(target).min(1),
          fieldConfig: z.object({ defaults: z.object({ unit: z.string() }) }),
        }),
      ),
    ]),
  ),
});

const parsed = dashboard.parse(JSON.parse(readFileSync('kind/grafana/farmhand.json', 'utf8')));
const charts = parsed.panels.flatMap((panel) => (panel.type === 'row' ? [] : [panel]));
const queries = charts.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const));

test('panels have ids of their own and do not lie on each other', () => {
  const { panels } = parsed;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  for (const [i, { gridPos: a }] of panels.entries()) {
    expect(a.x + a.w).toBeLessThanOrEqual(24);
    for (const { gridPos: b, title } of panels.slice(i + 1)) {
      const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
      expect([title, apart]).toEqual([title, true]);
    }
  }
});

test.each(queries)('%s: %s names metrics that there are', (_title, query) => {
  const names = documentedMetrics().map(({ name }) => name);
  expect(metricsOf(query)).not.toEqual([]);
  for (const metric of metricsOf(query)) expect(names).toContain(metric);
});

test('shows every metric of the farm', () => {
  const shown = new Set(queries.flatMap(([, query]) => metricsOf(query)));
  const documented = documentedMetrics().map(({ name }) => name);
  const missing = documented.filter((name) => name.startsWith('farmhand_') && !shown.has(name));
  // Alerts and the page read these; a chart would say nothing.
  expect(missing).toEqual([
    'farmhand_emitter_waiting_messages',
    'farmhand_emitter_emitting',
    'farmhand_collector_thumbnails_total',
    'farmhand_autoscaler_sojourn_seconds',
    'farmhand_autoscaler_paused',
  ]);
});

test.skipIf(!hasPromtool)('its queries are valid PromQL (promtool)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'farmhand-dashboard-'));
  try {
    const rules = queries.map(([, expr], i) => ({
      record: `query:${i}`,
      expr: expr.replaceAll('$__rate_interval', '1m'),
    }));
    const file = join(folder, 'queries.json');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    const { status, said } = promtool('check', 'rules', file);
    expect(status, said).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
