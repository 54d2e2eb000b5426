import { WorkloadDrawer } from '#shared/workload/draw.ts';
import type { Workload } from '#shared/workload/workload.ts';
import type { TrainedPopulation } from './drift-watch.ts';
import { LoadSampler, loadFeatures } from './load-sample.ts';
import { populationOf, type Population } from './population.ts';

const MS_PER_S = 1000;

/** Runs that are drawn: some hundred steps of each workload, in some milliseconds. */
const RUNS = 10;
/** None of a judge's seeds, nor of a training's first. */
const FIRST_SEED = 2 ** 31 - 1 - RUNS;

/** What a workload's steps are like: the load that whoever trained on it has met. */
export function trainedPopulation(workload: Workload): TrainedPopulation {
  const drawer = new WorkloadDrawer(workload);
  const stepMs = workload.control.stepDurationS * MS_PER_S;
  const met: Record<(typeof loadFeatures)[number], number[]> = { arrivalRate: [], serviceS: [], variability: [] };
  for (let run = 0; run < RUNS; run += 1) {
    const sampler = new LoadSampler();
    for (const step of stepsOf(drawer.draw(FIRST_SEED + run), stepMs)) {
      const sample = sampler.take(step);
      for (const feature of loadFeatures) if (sample[feature] !== null) met[feature].push(sample[feature]);
    }
  }
  const entries = loadFeatures
    .filter((feature) => met[feature].length > 0)
    .map((feature): [string, Population] => [feature, populationOf(met[feature])]);
  return Object.fromEntries(entries);
}

/** Arrivals and service times by step; a task counts in the step of its arrival. */
function stepsOf(
  { count, atMs, serviceMs }: Pick<ReturnType<WorkloadDrawer['draw']>, 'count' | 'atMs' | 'serviceMs'>,
  stepMs: number,
): { arrivalRate: number; serviceS: number | null }[] {
  const steps: { tasks: number; serviceMs: number }[] = [];
  for (let task = 0; task < count; task += 1) {
    const at = Math.floor((atMs[task] ?? 0) / stepMs);
    while (steps.length <= at) steps.push({ tasks: 0, serviceMs: 0 });
    const step = steps[at];
    if (step === undefined) continue;
    step.tasks += 1;
    step.serviceMs += serviceMs[task] ?? 0;
  }
  return steps.map(({ tasks, serviceMs: total }) => ({
    arrivalRate: tasks / (stepMs / MS_PER_S),
    serviceS: tasks === 0 ? null : total / tasks / MS_PER_S,
  }));
}
