import { z } from 'zod';
import { FarmhandError } from '#shared/errors.ts';
import { closedObject, describeIssues } from '#shared/parse.ts';
import type { Seen } from '../observation.ts';
import { keepWorkers } from './keep-workers.ts';
import type { Policy, PolicyDecision } from './policy.ts';

/** A timetable: how many workers to ask for at each step of an episode, beginning with its first decision. */
export interface Timetable {
  readonly name: string;
  readonly workers: readonly number[];
}

const timetableSchema = closedObject({
  name: z
    .string('expected a name')
    .regex(/^[a-z0-9][a-z0-9.-]{0,79}$/, 'expected a name of 1 to 80 of a-z 0-9 . -, beginning with one of a-z 0-9'),
  workers: z
    .array(
      z.int('expected a whole number of workers').min(1, 'expected 1 worker or more'),
      'expected a list of workers',
    )
    .min(1, 'expected at least one step')
    .max(1_000_000, 'expected at most 1000000 steps'),
});

/**
 * Reads a timetable from data, such as the JSON of a file: {"name": "open-loop", "workers": [12, 11, 11, 12]}.
 * @param source what it comes from, for the message. @throws MODEL_INVALID
 */
export function parseTimetable(data: unknown, source: string): Timetable {
  const result = timetableSchema.safeParse(data);
  if (result.success) return result.data;
  throw new FarmhandError('MODEL_INVALID', `timetable ${source}: ${describeIssues(result.error, data)}`);
}

/**
 * Plays a timetable whatever happens: the bound for what knowing a workload's schedule is worth without looking at the
 * farm. It counts steps, so it uses the clock, and is of use on the workload that it was made for only. After its last
 * entry that one stays. Entries outside the farm's bounds are for whoever carries them out to cut.
 *
 * Example, [12, 11, 13]: with 12 workers it holds, then asks for 11, then for 13, and from then on for 13
 * (test/autoscaler/policy/open-loop.test.ts).
 */
export class OpenLoopPolicy implements Policy {
  readonly name: string;
  readonly usesClock = true;
  readonly #schedule: readonly number[];
  #step = 0;

  /** `schedule`: workers by step, at least one. */
  constructor(name: string, schedule: readonly number[]) {
    if (schedule.length === 0) throw new RangeError(`${name}: a timetable needs at least one step`);
    this.name = name;
    this.#schedule = schedule;
  }

  decide({ observation }: Seen): PolicyDecision {
    const workers = observation[4];
    const last = this.#schedule.length - 1;
    const wanted = this.#schedule[Math.min(this.#step, last)] ?? workers;
    this.#step += 1;
    return keepWorkers(wanted, workers, `step ${this.#step} of the timetable has ${wanted} workers`);
  }
}
