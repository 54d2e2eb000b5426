import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { annealTimetable } from '#autoscaler/run/bounds/anneal-timetable.ts';
import { openSimulated } from '#autoscaler/run/environments.ts';
import { scenarioFrom } from '#autoscaler/run/scenario.ts';
import { trainingSeed } from '#autoscaler/run/seeds.ts';
import { parseConfig } from '#shared/config.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';

/** `npm run open-loop`: anneals models/open-loop.json on training seeds. The same bytes each time, in some twenty seconds. */

const WORKLOAD = 'reference-as-coded';
/** Worker-seconds that a late task costs: about 99.2 % of tasks in time. */
const LATE_COST = 32;
const SEEDS = 64;
const ITERATIONS = 2_000;

const config = parseConfig('', { file: 'farm.yml', environment: {} });
const workload = findWorkload(WORKLOAD, config);
const scenario = scenarioFrom(config, {
  ...{ workload, profile: 'reference', dispatch: 'fifo', actions: 'one', lateCost: LATE_COST },
});
const workers = annealTimetable({
  environment: openSimulated(scenario),
  initialWorkers: workload.control.initialWorkers,
  maxSteps: workload.control.maxSteps,
  seeds: Array.from({ length: SEEDS }, (_, index) => trainingSeed(0, index)),
  iterations: ITERATIONS,
});
const file = join(import.meta.dirname, '..', 'models', 'open-loop.json');
writeFileSync(file, `${JSON.stringify({ name: 'open-loop', workers })}\n`);
