import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentedMetrics, type DocumentedMetric } from '../kind/documented-metrics.ts';
import { startLocalFarm, type LocalFarm } from '../support/local-farm.ts';
import { until } from '../support/until.ts';

const FUNCTIONS = ['emitter', 'worker', 'collector', 'autoscaler'];

let farm: LocalFarm;
beforeAll(async () => {
  farm = await startLocalFarm({ FARM_CONTROL_STEPDURATIONS: '0.5' });
});
afterAll(() => farm.close());

async function scrape(fn: string): Promise<string> {
  const response = await fetch(`${farm.handle.url}/function/${fn}/metrics`);
  return await response.text();
}

/** What a scrape says of its metrics; labels are those of the samples that it has. */
function served(text: string): readonly DocumentedMetric[] {
  return [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => {
    const samples = [...text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?\\{([^}]*)\\}`, 'gm'))];
    const labels = samples.flatMap(([, list = '']) => [...list.matchAll(/(\w+)="/g)].map(([, label = '']) => label));
    return { name, type, labels: [...new Set(labels)].filter((label) => label !== 'le') };
  });
}

test('docs/metrics.md lists what the functions serve, with type and labels', async () => {
  const tasks = ['calibrated', 'no-such-kind-1', 'no-such-kind-2'].map((kind, i) => ({
    ...{ id: `metered-${i}`, kind, payload: { serviceMs: 1 }, expectedServiceMs: 5 },
  }));
  const response = await fetch(`${farm.handle.url}/function/emitter/tasks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${farm.handle.secrets.farmToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(tasks),
  });
  expect(response.status).toBe(202);
  await until('two of three are dead letters', async () =>
    (await scrape('collector')).includes('farmhand_collector_dead_letters 2\n'),
  );
  await until('decisions', async () =>
    (await scrape('autoscaler')).includes('_step_phase_seconds_count{phase="decide"}'),
  );

  const found = new Map<string, DocumentedMetric>();
  for (const fn of FUNCTIONS) {
    const text = await scrape(fn);
    for (const metric of served(text)) found.set(metric.name, metric);
    for (const [, name, help] of text.matchAll(/^# HELP (\w+) (.*)$/gm))
      expect([name, help]).toEqual([name, expect.stringMatching(/^[\w'].*\.$/)]);
  }
  const documented = documentedMetrics();
  expect([...found.keys()].sort()).toEqual(documented.map(({ name }) => name).sort());
  for (const { name, type, labels } of documented) {
    const real = found.get(name);
    expect([name, real?.type]).toEqual([name, type]);
    for (const label of real?.labels ?? []) expect([name, labels]).toEqual([name, expect.arrayContaining([label])]);
  }
});

test('a kind that a submitter made up is no label', async () => {
  const text = await scrape('worker');
  expect(text).toContain('farmhand_worker_tasks_total{kind="unknown",outcome="failed"} 2\n');
  expect(text).not.toContain('no-such-kind');
});
