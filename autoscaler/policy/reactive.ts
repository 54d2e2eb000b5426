import type { Observation, ObservationInfo } from '../observation.ts';
import { withinBounds, type Policy, type PolicyDecision, type PolicyOptions } from './policy.ts';

/** What tells the reactive policies apart. */
export interface ReactiveForm {
  readonly name: string;
  /** Seconds that a task is taken to need. */
  readonly taskS: (times: TaskTimes) => number;
  /** The horizon where none is configured, s. */
  readonly horizonS: (options: PolicyOptions) => number;
  /** Whether the tasks in hand at an episode's first look are left out. */
  readonly blindAtFirst: boolean;
  /** The workers that the need is held against, and that in words. `busy`: workers with a task in hand, but one. */
  readonly compared: (counts: { workers: number; busy: number; taskS: number; horizonS: number }) => {
    readonly workers: number;
    readonly words: string;
  };
}

export interface TaskTimes {
  readonly avgTimeS: number;
  readonly maxTimeS: number;
}

/** Mean sojourn of the window. */
export function averageTime({ avgTimeS }: TaskTimes): number {
  return avgTimeS;
}

/** Longest sojourn of the window. */
export function maximumTime({ avgTimeS, maxTimeS }: TaskTimes): number {
  return Math.max(avgTimeS, maxTimeS);
}

export const reactiveAverage: ReactiveForm = {
  name: 'reactive-average',
  taskS: averageTime,
  horizonS: ({ stepDurationS }) => stepDurationS,
  blindAtFirst: false,
  compared: againstFree(0.5),
};

export const reactiveMaximum: ReactiveForm = {
  name: 'reactive-maximum',
  taskS: maximumTime,
  horizonS: ({ stepDurationS }) => stepDurationS,
  blindAtFirst: false,
  compared: againstFree(1),
};

/** The shipped form. `busyShare`: share of a busy worker that counts as not free (the reference's adjustment_factor). */
function againstFree(busyShare: number): ReactiveForm['compared'] {
  return ({ workers, busy, taskS, horizonS }) => {
    const free = workers - busy * (taskS / horizonS) * busyShare;
    return { workers: free, words: `${free.toFixed(2)} of ${workers} count as free` };
  };
}

const LEAST_TASK_S = 0.1;
const LEAST_HORIZON_S = 1;
/** A change of less than half a worker is left for the next step. */
const ACT_FROM = 0.5;

/**
 * The reference's reactive baselines, here in their shipped form (task-farm reference, `reactive_policies.py` since
 * 2025-11-11; the earlier form is in reactive-old.ts):
 *
 *     s       = max(task time, 0.1)                      h = max(horizon, s, 1)
 *     optimal = max(1, waiting · s / h + arrivals · s)
 *     busy    = min(workers, max(0, inFlight − 1)) · s / h · busyShare
 *     delta   = optimal − (workers − busy)               act when |delta| ≥ 0.5
 *
 * Example, reactive-average, horizon 8 s: 10 waiting, 2 s a task, 3 tasks/s, 6 workers, 6 in flight:
 * optimal = 10·2/8 + 3·2 = 8.5; busy = 5·2/8·0.5 = 0.625; delta = 8.5 − 5.375 = 3.125: three more, and with the loop's
 * default of one worker a step, the 7th now (test/autoscaler/policy/reactive.test.ts).
 *
 * Its known faults are kept, because it is a baseline: s is sojourn, so waiting counts twice in a backlog, and at rest the
 * target falls to about arrivals · s. Deviations:
 * 1. Tasks in flight are read; the reference derives them as enqueued − waiting − result − output, which is the same number
 *    until a task dies or an episode starts in mid-flow.
 * 2. Answers with the whole change, `delta` rounded; the loop clips it to its step, which by default is the reference's ±1.
 */
export class ReactivePolicy implements Policy {
  readonly name: string;
  readonly usesClock = false;
  readonly #form: ReactiveForm;
  readonly #options: PolicyOptions;
  #looked = false;

  constructor(form: ReactiveForm, options: PolicyOptions) {
    this.name = form.name;
    this.#form = form;
    this.#options = options;
  }

  decide({ observation, info }: { observation: Observation; info: ObservationInfo }): PolicyDecision {
    const [, waiting, , , workers, avgTimeS, maxTimeS, arrivalsPerS] = observation;
    const taskS = Math.max(this.#form.taskS({ avgTimeS, maxTimeS }), LEAST_TASK_S);
    const horizonS = Math.max(this.#options.horizonS ?? this.#form.horizonS(this.#options), taskS, LEAST_HORIZON_S);
    const optimal = Math.max(1, (waiting * taskS) / horizonS + arrivalsPerS * taskS);
    const inFlight = this.#form.blindAtFirst && !this.#looked ? 0 : info.inFlight;
    this.#looked = true;
    const busy = Math.min(workers, Math.max(0, inFlight - 1));
    const compared = this.#form.compared({ workers, busy, taskS, horizonS });
    const delta = optimal - compared.workers;
    const sums =
      `${waiting} waiting and ${arrivalsPerS.toFixed(2)} tasks/s at ${taskS.toFixed(2)} s each need ` +
      `${optimal.toFixed(2)} workers; ${compared.words}`;
    if (Math.abs(delta) < ACT_FROM) return { kind: 'hold', because: sums };
    const change = Math.sign(delta) * Math.floor(Math.abs(delta) + ACT_FROM);
    const replicas = withinBounds(workers + change, this.#options);
    if (replicas === workers) {
      return { kind: 'hold', because: `${sums}; ${workers} is the ${change > 0 ? 'most' : 'least'} allowed` };
    }
    return { kind: 'scale', replicas, because: sums };
  }
}
