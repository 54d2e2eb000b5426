import type { QueueReading, QueueTotals } from '#shared/queue/observe.ts';

/**
 * What a policy sees: nine numbers in this order and these units, for every scaler, live or simulated.
 * Source: task-farm reference, `_get_observation`. Deviations:
 * 1. `workers` is what the platform intends to run; where it grants less than was asked, what it grants: nobody is served by a wish.
 * 2. `outputQueue` counts from the episode's start, so the farm's history does not have to be deleted for an episode.
 * 3. Where no task was collected within the window, times and QoS keep their last values and `info.fresh` is false (the
 *    reference puts 1.5 s, 1.5 s and 1.0, and so does the simulator's profile `reference`). Before the first collected
 *    task of an episode: 0 s, 0 s and 1.0.
 */
export type Observation = readonly [
  inputQueue: number,
  workerQueue: number,
  resultQueue: number,
  outputQueue: number,
  workers: number,
  avgTime: number,
  maxTime: number,
  arrivalRate: number,
  qosRate: number,
];

export type ObservationName =
  | 'inputQueue'
  | 'workerQueue'
  | 'resultQueue'
  | 'outputQueue'
  | 'workers'
  | 'avgTime'
  | 'maxTime'
  | 'arrivalRate'
  | 'qosRate';

export interface Dimension {
  readonly name: ObservationName;
  readonly unit: string;
  /** Inclusive bounds. Only QoS has an upper one: any other limit would be a guess about somebody's farm. */
  readonly low: number;
  readonly high: number;
}

export const observationSpace: readonly Dimension[] = [
  { name: 'inputQueue', unit: 'messages', low: 0, high: Infinity },
  { name: 'workerQueue', unit: 'tasks', low: 0, high: Infinity },
  { name: 'resultQueue', unit: 'tasks', low: 0, high: Infinity },
  { name: 'outputQueue', unit: 'tasks', low: 0, high: Infinity },
  { name: 'workers', unit: 'replicas', low: 0, high: Infinity },
  { name: 'avgTime', unit: 's', low: 0, high: Infinity },
  { name: 'maxTime', unit: 's', low: 0, high: Infinity },
  { name: 'arrivalRate', unit: 'tasks/s', low: 0, high: Infinity },
  { name: 'qosRate', unit: 'share', low: 0, high: 1 },
];

/** What goes with the nine numbers without being one of them. */
export interface ObservationInfo {
  /** Farm time of the sample, ms since 1970. */
  readonly at: number;
  /** Age of the sample when the policy saw it, ms. */
  readonly sampleAgeMs: number;
  /** False: no task was collected within the window, so times and QoS are the last ones known. */
  readonly fresh: boolean;
  /** Tasks in workers' hands. */
  readonly inFlight: number;
  /** Tasks emitted since the episode's start: a clock wherever the workload is a fixed number of tasks. */
  readonly emitted: number;
  /** Replicas that can take work. */
  readonly ready: number;
  /** Replicas that exist: starting and draining ones included. */
  readonly active: number;
  /** Time until the oldest waiting task's latest start, ms; negative when it is late already; null when none waits. */
  readonly oldestSlackMs: number | null;
  /** Mean time in a worker's hands, waiting excluded, s; null before the first collected task. */
  readonly meanServiceS: number | null;
}

/** One look at the farm: the nine numbers, what goes with them, and the counters that the next look is compared with. */
export interface Sighting {
  readonly observation: Observation;
  readonly info: ObservationInfo;
  readonly totals: QueueTotals;
}

/** What a policy is shown. */
export interface Seen {
  readonly observation: Observation;
  readonly info: ObservationInfo;
}

/** The replicas of the worker function, as a scaler reads them. */
export interface Replicas {
  readonly granted: number;
  readonly ready: number;
  readonly active: number;
}

/** Times (s) and QoS that stand for a window in which no task was collected. */
export interface EmptyWindow {
  readonly avgTime: number;
  readonly maxTime: number;
  readonly qosRate: number;
}

const MS_PER_S = 1000;

/**
 * Makes a sighting of one reading. `previous`: the one before in this episode; `baseline`: the counters at its start;
 * `whenEmpty`: what an empty window shows (the reference: 1.5 s, 1.5 s and 1.0), and without it the last values are held.
 */
export function observe(seen: {
  reading: QueueReading;
  replicas: Replicas;
  previous: Sighting | null;
  baseline: QueueTotals;
  sampleAgeMs: number;
  whenEmpty?: EmptyWindow | undefined;
}): Sighting {
  const { reading, replicas, previous, baseline, whenEmpty } = seen;
  const fresh = reading.window.count > 0;
  const [avgTime, maxTime, qosRate] = fresh
    ? [
        reading.window.meanSojournMs / MS_PER_S,
        reading.window.maxSojournMs / MS_PER_S,
        reading.window.met / reading.window.count,
      ]
    : [
        whenEmpty?.avgTime ?? previous?.observation[5] ?? 0,
        whenEmpty?.maxTime ?? previous?.observation[6] ?? 0,
        whenEmpty?.qosRate ?? previous?.observation[8] ?? 1,
      ];
  return {
    observation: [
      reading.input,
      reading.waiting,
      reading.result,
      Math.max(0, reading.totals.collected - baseline.collected),
      replicas.granted,
      avgTime,
      maxTime,
      arrivalRate(reading, previous),
      qosRate,
    ],
    info: {
      at: reading.at,
      sampleAgeMs: seen.sampleAgeMs,
      fresh,
      inFlight: reading.inFlight,
      emitted: Math.max(0, reading.totals.emitted - baseline.emitted),
      ready: replicas.ready,
      active: replicas.active,
      oldestSlackMs: reading.oldestSlackMs,
      meanServiceS: fresh ? reading.window.meanServiceMs / MS_PER_S : (previous?.info.meanServiceS ?? null),
    },
    totals: reading.totals,
  };
}

/**
 * Tasks emitted per second of farm time since the previous sighting: 40 more in 8 s are 5/s. 0 at the first sighting.
 * A counter that fell (somebody emptied Redis) says nothing, and counts as no arrivals.
 */
function arrivalRate(reading: QueueReading, previous: Sighting | null): number {
  if (previous === null) return 0;
  const elapsedS = (reading.at - previous.info.at) / MS_PER_S;
  if (elapsedS <= 0) return previous.observation[7];
  return Math.max(0, reading.totals.emitted - previous.totals.emitted) / elapsedS;
}

/** The nine numbers by name, for people and for JSON. */
export function nameObservation(observation: Observation): Record<ObservationName, number> {
  const [inputQueue, workerQueue, resultQueue, outputQueue, workers, avgTime, maxTime, arrivalRate, qosRate] =
    observation;
  return { inputQueue, workerQueue, resultQueue, outputQueue, workers, avgTime, maxTime, arrivalRate, qosRate };
}
