import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findWorkload, workloadNames } from '#shared/workload/catalogue.ts';
import { loadWorkload } from '#shared/workload/load-workload.ts';
import { expectedTasks } from '#shared/workload/rate.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { defaults } from './fixtures.ts';

const page = readFileSync('docs/workloads.md', 'utf8');

describe('docs/workloads.md', () => {
  test('lists the named workloads with their tasks, kind and timing', () => {
    const rows = page
      .split('\n')
      .map((line) => /^\| `([a-z-]+)` \| .+ \| ([^|]+) \| ([a-z]+) \| (.+) \|$/.exec(line))
      .filter((match) => match !== null)
      .map(([, name, tasks, kind, timing]) => [name, tasks!.replace(/[^0-9]/g, ''), kind, timing]);
    const catalogue = workloadNames.map((name) => {
      const { arrivals, kind, control } = findWorkload(name, defaults);
      const tasks = arrivals.reduce((sum, { rate, durationS }) => sum + expectedTasks(rate, durationS), 0);
      const { stepDurationS, observationWindowS, initialWorkers } = control;
      return [name, String(Math.round(tasks)), kind, `${stepDurationS} s, ${observationWindowS} s, ${initialWorkers}`];
    });
    expect(rows).toEqual(catalogue);
  });

  test('shows a workload file that works', () => {
    const folder = temporaryFolder();
    const example = /```yaml\n([^]+?)```/.exec(page)![1]!;
    writeFileSync(join(folder, 'lunch.yml'), example);
    writeFileSync(join(folder, 'afternoon.txt'), '10\n20\n30\n');
    const { arrivals, service } = loadWorkload(join(folder, 'lunch.yml'), defaults);
    expect(arrivals.map(({ name, durationS }) => [name, durationS])).toEqual([
      ['morning', 60],
      ['rush', 300],
      ['coffee', 60],
      ['afternoon', 3],
    ]);
    expect(service).toMatchObject({ meanS: 0.8, minSizePx: 512 });
  });
});
