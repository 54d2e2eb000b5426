import { exponential } from '#shared/distributions.ts';
import { Sfc32 } from '#shared/rng.ts';
import type { DrawnTasks } from '#shared/workload/draw.ts';
import { FarmSim } from '#autoscaler/sim/farm/farm-sim.ts';
import { FifoLine } from '#autoscaler/sim/farm/waiting-line.ts';
import { timingProfile } from '#autoscaler/sim/profiles/catalogue.ts';

export const SERVERS = 14;
const TASKS = 200_000;
const ARRIVALS_PER_S = 7.5;
const MEAN_SERVICE_MS = 1_500;

const nothing = { kind: 'constant', ms: 0 } as const;

/** Arrivals and service times of an M/M/14 station, drawn once: what is timed is the simulation alone. */
export function drawStation(): DrawnTasks {
  const rng = new Sfc32('station');
  const atMs = new Float64Array(TASKS);
  const serviceMs = new Float64Array(TASKS);
  let now = 0;
  for (let task = 0; task < TASKS; task += 1) {
    now += exponential(rng, 1000 / ARRIVALS_PER_S);
    atMs[task] = now;
    serviceMs[task] = exponential(rng, MEAN_SERVICE_MS);
  }
  return { count: TASKS, atMs, serviceMs, phaseEndsMs: [now] };
}

/** Runs the station to its end on the farm's own simulator, whose delays are all nothing. @throws Error if a task is missing */
export function runStation(tasks: DrawnTasks): void {
  const profile = {
    ...timingProfile('farmhand'),
    ...{ claim: nothing, turnaround: nothing, collect: nothing, start: nothing, startNext: nothing, drain: nothing },
  };
  const farm = new FarmSim({
    profile,
    deadline: { coefficient: 2, floorMs: 0, capMs: Infinity },
    line: new FifoLine(),
  });
  farm.begin({ tasks, workers: SERVERS, rng: new Sfc32('farm') });
  farm.advance(Number.MAX_SAFE_INTEGER);
  if (!farm.done) throw new Error(`the station served ${farm.counts().collected} of ${tasks.count} tasks`);
}
