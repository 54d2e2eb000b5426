import { SECOND } from '#shared/clock.ts';
import type { DispatchRule } from '#shared/queue/lane-rule.ts';
import { NO_TOTALS } from '#shared/queue/observe.ts';
import { Sfc32 } from '#shared/rng.ts';
import type { DeadlineRule } from '#shared/task.ts';
import type { DrawnTasks } from '#shared/workload/draw.ts';
import { observe, type Sighting } from '../../observation.ts';
import { FarmSim } from '../../sim/farm/farm-sim.ts';
import { LanesLine } from '../../sim/farm/lanes-line.ts';
import { FifoLine } from '../../sim/farm/waiting-line.ts';
import type { TimingProfile } from '../../sim/timing-profile.ts';
import type { LoggedWindow } from './logged-window.ts';
import type { Pilot } from './pilot.ts';

export interface ReplaySettings {
  readonly profile: TimingProfile;
  readonly dispatch: DispatchRule['dispatch'];
  readonly lateEvery: number;
  readonly observationWindowS: number;
}

/** What came of one replay. */
export interface Replayed {
  /** Share of the window's tasks that were collected by their deadline; what is unfinished half a minute after it is late. */
  readonly qos: number;
  /** Time average of the workers that existed, over the window. */
  readonly meanWorkers: number;
}

/** Time after the last decision in which the farm may finish what it has. */
const SETTLE_MS = 30 * SECOND;
/** Logged tasks bring their own deadlines. */
const NO_RULE: DeadlineRule = { coefficient: 1, floorMs: 0, capMs: 0 };

/**
 * Plays a logged window again with another pilot: the same tasks arrive at the same moments and take as long, the loop looks
 * at the same moments. What is drawn (by `seed`) is what another course of events would have changed: claims, starts and drains.
 */
export function replay(
  window: LoggedWindow,
  pilot: Pilot,
  { settings, seed }: { settings: ReplaySettings; seed: number },
): Replayed {
  const { profile, dispatch, lateEvery } = settings;
  const line = dispatch === 'fifo' ? new FifoLine() : new LanesLine({ lateEvery });
  const farm = new FarmSim({ profile, deadline: NO_RULE, line });
  // Tasks that were there at the window's start arrive before it, each when it did.
  const startMs = Math.max(0, -(window.tasks[0]?.atMs ?? 0));
  farm.begin({ tasks: drawn(window, startMs), workers: window.workers, rng: new Sfc32(seed).fork('replay') });
  let last: Sighting | null = null;
  let activeAtStart = 0;
  for (const [step, look] of window.looks.entries()) {
    farm.advance(startMs + look.atMs);
    if (step === 0) activeAtStart = farm.usage.activeMs;
    last = see(farm, { look, last, window, settings });
    const workers = last.observation[4];
    // Workers that are going are still there, for the platform as for the policy.
    const draining = workers > farm.replicas().granted;
    const replicas = pilot.steer(last, { workers, draining });
    if (replicas !== workers) farm.scaleTo(replicas);
  }
  const lengthMs = farm.nowMs - startMs;
  const workerMs = farm.usage.activeMs - activeAtStart;
  const untilMs = farm.nowMs + SETTLE_MS;
  while (!farm.done && farm.nextAtMs <= untilMs) farm.advance(farm.nextAtMs);
  return {
    qos: farm.counts().met / window.tasks.length,
    meanWorkers: lengthMs > 0 ? workerMs / lengthMs : window.workers,
  };
}

function see(
  farm: FarmSim,
  {
    look,
    last,
    window,
    settings,
  }: { look: LoggedWindow['looks'][number]; last: Sighting | null; window: LoggedWindow; settings: ReplaySettings },
): Sighting {
  const reading = farm.read(settings.observationWindowS * SECOND);
  const { active, ready } = farm.replicas();
  const { collected, emitted } = window.before;
  return observe({
    reading: { ...reading, at: window.from + look.atMs, input: look.inputQueue },
    replicas: { granted: active, ready, active },
    previous: last,
    baseline: { ...NO_TOTALS, collected: -collected, emitted: -emitted, submitted: -emitted },
    sampleAgeMs: 0,
    whenEmpty: settings.profile.emptyWindow ?? undefined,
  });
}

/** The window's tasks in columns, from the first one's arrival or the window's start, whichever was earlier. */
function drawn({ tasks, from, to }: LoggedWindow, startMs: number): DrawnTasks {
  return {
    count: tasks.length,
    atMs: Float64Array.from(tasks, ({ atMs }) => atMs + startMs),
    serviceMs: Float64Array.from(tasks, ({ serviceMs }) => serviceMs),
    logged: {
      deadlineMs: Float64Array.from(tasks, ({ deadlineMs }) => deadlineMs),
      expectedMs: Float64Array.from(tasks, ({ expectedMs }) => expectedMs),
      collectMs: Float64Array.from(tasks, ({ collectMs }) => collectMs),
    },
    phaseEndsMs: [startMs + to - from],
  };
}
