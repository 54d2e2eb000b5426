import { SECOND } from '#shared/clock.ts';
import { exponential } from '#shared/distributions.ts';
import { Sfc32, type Rng } from '#shared/rng.ts';
import type { DeadlineRule } from '#shared/task.ts';
import type { DrawnTasks } from '#shared/workload/draw.ts';
import { expectedTasks, rateAt } from '#shared/workload/rate.ts';
import { ServiceSampler } from '#shared/workload/service.ts';
import type { Workload } from '#shared/workload/workload.ts';
import { DelaySampler } from '../../sim/delay.ts';
import { FarmSim } from '../../sim/farm/farm-sim.ts';
import { FifoLine } from '../../sim/farm/waiting-line.ts';
import type { TimingProfile } from '../../sim/timing-profile.ts';
import { spreadOf } from '../statistics.ts';
import type { RecordedEpisode, Recordings } from './recordings.ts';

export interface ReplayOptions {
  readonly recordings: Recordings;
  /** What the recorded farm ran: gives service times, and the rate of each phase. */
  readonly workload: Workload;
  readonly profile: TimingProfile;
  readonly deadline: DeadlineRule;
  /** Simulations of each recorded episode. */
  readonly replications: number;
  readonly seed: number;
}

/** One agent's recorded episodes, as they were and as the simulator has them. QoS: shares of collected tasks. */
export interface ReplayedAgent {
  readonly agent: string;
  readonly episodes: number;
  readonly liveQos: number;
  readonly simQos: number;
  /** Of the live mean, from its episodes. */
  readonly standardError: number;
  /** Mean of the steps' desired workers. */
  readonly liveWorkers: number;
  readonly simWorkers: number;
}

/**
 * Replays recorded worker trajectories: each step the simulated farm is scaled to what the live one had, under arrivals that
 * number in each step what was recorded for it. What is drawn anew is what no recording has: service times, the moments
 * within a step, and the farm's delays. So the comparison is of queue and timing alone, not of a policy or of a draw.
 */
export function replayRecordings(options: ReplayOptions): ReplayedAgent[] {
  return options.recordings.agents.map(({ agent, episodes }) => {
    const live = spreadOf(episodes.map(({ finalQos }) => finalQos));
    const replays = episodes.map((episode) => replayEpisode(episode, options));
    return {
      agent,
      episodes: episodes.length,
      liveQos: live.mean,
      simQos: meanOf(replays.map(({ qos }) => qos)),
      standardError: live.sd / Math.sqrt(live.count),
      liveWorkers: meanOf(episodes.map(({ meanWorkers }) => meanWorkers)),
      simWorkers: meanOf(replays.map(({ workers }) => workers)),
    };
  });
}

interface Replayed {
  readonly qos: number;
  readonly workers: number;
}

function replayEpisode(episode: RecordedEpisode, options: ReplayOptions): Replayed {
  const { profile, deadline, replications, seed } = options;
  const farm = new FarmSim({ profile, deadline, line: new FifoLine() });
  const firstObservation = new DelaySampler(profile.firstObservation);
  const stepOverhead = new DelaySampler(profile.stepOverhead);
  const qos: number[] = [];
  const workers: number[] = [];
  for (let replication = 0; replication < replications; replication += 1) {
    const rng = new Sfc32(seed).fork(`replay-${episode.episode}-${replication}`);
    const steps = rng.fork('steps');
    let startMs = firstObservation.draw(steps);
    const startsMs = [startMs];
    while (startsMs.length <= episode.steps.length) {
      startMs += options.recordings.stepDurationS * SECOND + stepOverhead.draw(steps);
      startsMs.push(startMs);
    }
    const tasks = drawRecorded(episode, { ...options, startsMs, rng });
    farm.begin({ tasks, workers: options.recordings.initialWorkers, rng: rng.fork('farm') });
    farm.advance(startsMs[0] ?? 0);
    let desired = 0;
    for (const [step, recorded] of episode.steps.entries()) {
      farm.scaleTo(recorded.workers);
      farm.advance(startsMs[step + 1] ?? 0);
      desired += farm.replicas().granted;
    }
    farm.advance(farm.nowMs + profile.settleS * SECOND);
    const { collected, met } = farm.counts();
    qos.push(met / Math.max(1, collected));
    workers.push(desired / episode.steps.length);
  }
  return { qos: meanOf(qos), workers: meanOf(workers) };
}

/**
 * Tasks that arrive as recorded: in each step as many as its rate says, so spaced that the tasks of a faster phase stand
 * closer (a step may hold the end of one phase and the start of the next). The recorded rates leave out what came before
 * the first observation: that is the rest of the episode's tasks.
 */
function drawRecorded(
  episode: RecordedEpisode,
  {
    recordings,
    workload,
    startsMs,
    rng,
  }: Pick<ReplayOptions, 'recordings' | 'workload'> & { startsMs: readonly number[]; rng: Rng },
): DrawnTasks {
  const gaps = rng.fork('arrivals');
  const total = recordings.expectedTasks;
  const counts = countsOf(episode, workload, total);
  const rateOf = phaseRates(workload);
  const atMs = new Float64Array(total);
  let next = 0;
  for (const [interval, count] of counts.entries()) {
    const fromMs = interval === 0 ? 0 : (startsMs[interval - 1] ?? 0);
    const lengthMs = (startsMs[interval] ?? 0) - fromMs;
    const offsets: number[] = [];
    let sum = 0;
    for (let i = 0; i <= count; i += 1) {
      sum += exponential(gaps, 1 / rateOf(next + i));
      offsets.push(sum);
    }
    for (let i = 0; i < count; i += 1) atMs[next + i] = fromMs + (lengthMs * (offsets[i] ?? 0)) / sum;
    next += count;
  }
  const services = rng.fork('services');
  const sampler = new ServiceSampler(workload.service);
  const serviceMs = Float64Array.from(atMs, () => sampler.sample(services).serviceMs);
  return { count: next, atMs, serviceMs, phaseEndsMs: [startsMs.at(-1) ?? 0] };
}

/**
 * Whole tasks before the first observation and in each step. The recorded rates are per second of steps whose lengths were
 * not kept, so they are scaled to the number of tasks that is known.
 */
function countsOf({ steps }: RecordedEpisode, workload: Workload, total: number): number[] {
  const first = workload.arrivals[0];
  // The first observation comes about a second after the first task.
  const before = first === undefined ? 0 : Math.round(rateAt(first.rate, 0, first.durationS));
  const sum = steps.reduce((all, { arrivalRate }) => all + arrivalRate, 0);
  const counts = [before];
  let exact = before;
  let given = before;
  for (const { arrivalRate } of steps) {
    exact += ((total - before) * arrivalRate) / sum;
    const count = Math.min(total, Math.round(exact)) - given;
    counts.push(count);
    given += count;
  }
  return counts;
}

/** The rate (tasks/s) of the phase that a task belongs to, by the task's number in the run. */
function phaseRates(workload: Workload): (task: number) => number {
  let end = 0;
  const phases = workload.arrivals.map(({ rate, durationS }) => {
    const tasks = expectedTasks(rate, durationS);
    end += tasks;
    return { end: Math.round(end), perS: tasks / durationS };
  });
  return (task) => (phases.find((phase) => task < phase.end) ?? phases.at(-1))?.perS ?? 1;
}

function meanOf(values: readonly number[]): number {
  return spreadOf(values).mean;
}
