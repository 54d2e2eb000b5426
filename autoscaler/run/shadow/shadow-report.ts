import type { FarmLog, LoggedDecision } from '../continual/farm-log.ts';
import { spreadOf } from '../statistics.ts';
import { loggedWindow, type LoggedWindow } from './logged-window.ts';
import { openPilotSchool, type PilotPlan, type PilotSettings } from './pilot.ts';
import { replay, type Replayed, type ReplaySettings } from './replay.ts';

/** How a figure was in truth, and how the simulator has it. */
export interface ShadowFigures {
  /** The live policy, as it happened. */
  readonly live: number;
  /** The live policy, played again: its distance from `live` is the simulator's own error. */
  readonly liveReplayed: number;
  /** The candidate, played again in its place. */
  readonly shadow: number;
  /** `shadow` less that error: what to expect of a switch. */
  readonly expected: number;
}

/** What would have become of a stretch of the farm's past under another policy. */
export interface ShadowReport {
  readonly candidate: string;
  readonly live: string;
  /** Farm time of the first and last decision, ms since 1970. */
  readonly window: { readonly from: number; readonly to: number };
  readonly decisions: number;
  readonly tasks: number;
  /** Share of the window's tasks that were collected by their deadline. */
  readonly qos: ShadowFigures;
  /** Time averages; starting and draining workers included. */
  readonly meanWorkers: ShadowFigures;
  /** Share of decisions in which both wanted as many workers; null: the candidate has proposed nothing yet. */
  readonly agreement: number | null;
  /** Workers that the candidate wanted more than the live policy, in the mean over decisions; null likewise. */
  readonly gap: number | null;
  /** Replays of each policy. */
  readonly replications: number;
}

/** Everything that a report is made of, as plain data: it is worked out in a thread. */
export interface ShadowJob {
  readonly log: FarmLog;
  readonly live: PilotPlan;
  readonly candidate: PilotPlan;
  readonly pilot: PilotSettings;
  readonly replay: ReplaySettings;
  readonly replications: number;
  readonly seed: number;
}

/** @throws CONFLICT where the log holds too little; UNKNOWN_POLICY, MODEL_INVALID */
export async function shadowReport(job: ShadowJob): Promise<ShadowReport> {
  const { log, live, candidate, replications } = job;
  const window = loggedWindow(log);
  const liveReplayed = await replayAll(window, live, job);
  const shadow = await replayAll(window, candidate, job);
  const seenQos = window.tasks.filter(({ metDeadline }) => metDeadline).length / window.tasks.length;
  return {
    candidate: candidate.name,
    live: live.name,
    window: { from: window.from, to: window.to },
    decisions: window.looks.length,
    tasks: window.tasks.length,
    qos: figures({ live: seenQos, liveReplayed: liveReplayed.qos, shadow: shadow.qos }, 1),
    meanWorkers: figures(
      { live: window.meanWorkers, liveReplayed: liveReplayed.meanWorkers, shadow: shadow.meanWorkers },
      Infinity,
    ),
    ...compareProposals(log.decisions, candidate.name),
    replications,
  };
}

async function replayAll(window: LoggedWindow, plan: PilotPlan, job: ShadowJob): Promise<Replayed> {
  const school = await openPilotSchool(plan, job.pilot);
  try {
    const runs = Array.from({ length: job.replications }, (_, index) =>
      replay(window, school.next(), { settings: job.replay, seed: job.seed + index }),
    );
    return {
      qos: spreadOf(runs.map(({ qos }) => qos)).mean,
      meanWorkers: spreadOf(runs.map(({ meanWorkers }) => meanWorkers)).mean,
    };
  } finally {
    school.close();
  }
}

/** Live 0.95 and replayed 0.96: a shadow of 0.99 leaves 0.98 to expect. */
function figures(found: Omit<ShadowFigures, 'expected'>, most: number): ShadowFigures {
  const expected = found.shadow + found.live - found.liveReplayed;
  return { ...found, expected: Math.min(most, Math.max(0, expected)) };
}

function compareProposals(
  decisions: readonly LoggedDecision[],
  candidate: string,
): Pick<ShadowReport, 'agreement' | 'gap'> {
  const gaps = decisions.flatMap(({ workers, proposed, shadow }) =>
    workers === null || shadow?.name !== candidate ? [] : [(shadow.replicas ?? workers) - (proposed ?? workers)],
  );
  if (gaps.length === 0) return { agreement: null, gap: null };
  return {
    agreement: gaps.filter((gap) => gap === 0).length / gaps.length,
    gap: gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length,
  };
}
