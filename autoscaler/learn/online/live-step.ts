import type { Sighting, Seen } from '../../observation.ts';

/** Two successive looks at a farm at work, as a step for judging. The fields are those of env/'s StepFacts. */
export interface LiveStep {
  readonly observation: Seen['observation'];
  readonly appliedDelta: number;
  readonly workerSeconds: number;
  readonly lateTasks: number;
  /** A farm at work has no end. */
  readonly unfinished: 0;
  readonly terminated: false;
  readonly truncated: false;
}

/** Judges a step: the same code as the environments' (env/reward.ts), handed in by whoever composes. */
export type JudgeStep = (step: LiveStep) => number;

/** What a policy is shown; a control loop's looks have the farm's counters beside it. */
export type LiveLook = Seen & { readonly totals?: Sighting['totals'] };

const OUTPUT_QUEUE = 3;
const WORKERS = 4;
const QOS = 8;
const MS_PER_S = 1000;

/** How long it is from one look to the next, s. */
export function secondsBetween(before: LiveLook, after: LiveLook): number {
  return (after.info.at - before.info.at) / MS_PER_S;
}

/** What happened from one look to the next. */
export function stepBetween(before: LiveLook, after: LiveLook): LiveStep {
  return {
    observation: after.observation,
    appliedDelta: after.observation[WORKERS] - before.observation[WORKERS],
    workerSeconds: after.info.active * secondsBetween(before, after),
    lateTasks: lateBetween(before, after),
    unfinished: 0,
    terminated: false,
    truncated: false,
  };
}

/** Tasks found to be late: by the farm's counters; without them, collected tasks times the window's share of late ones. */
function lateBetween(before: LiveLook, after: LiveLook): number {
  if (before.totals !== undefined && after.totals !== undefined) {
    return Math.max(0, late(after.totals) - late(before.totals));
  }
  const collected = Math.max(0, after.observation[OUTPUT_QUEUE] - before.observation[OUTPUT_QUEUE]);
  return collected * (1 - after.observation[QOS]);
}

function late({ collected, met, dead }: Sighting['totals']): number {
  return collected - met + dead;
}
