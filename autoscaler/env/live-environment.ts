import { SECOND, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { QueueTotals } from '#shared/queue/observe.ts';
import { Sfc32, type Rng } from '#shared/rng.ts';
import type { Workload } from '#shared/workload/workload.ts';
import { observe, type Dimension, type Sighting } from '../observation.ts';
import type { ActionSet } from '../policy/action-set.ts';
import type { ByQuartile } from '../sim/farm/quartiles.ts';
import { boundedSpace } from './bounded-space.ts';
import type { Environment, EnvironmentInfo, ResetResult, StepResult } from './environment.ts';
import type { FarmLook, LiveFarm } from './live-farm.ts';
import { totalReward, type Reward } from './reward.ts';
import { WorkerTime } from './worker-time.ts';

export interface LiveEnvironmentOptions {
  readonly farm: LiveFarm;
  readonly workload: Pick<Workload, 'arrivals' | 'control'>;
  readonly actions: ActionSet;
  readonly reward: Reward;
  readonly clock: Clock;
  /** Ends every wait; what it was aborted with is thrown. */
  readonly signal: AbortSignal;
}

/** One episode in play. Times are monotonic ms. */
interface Episode {
  readonly tasks: number;
  readonly baseline: QueueTotals;
  /** When its first observation was made: steps end at `startMs` + k · step. */
  readonly startMs: number;
  readonly workerTime: WorkerTime;
  /** The last step's end, in whole steps since the start. */
  slot: number;
  step: number;
  seen: Sighting;
  /** What the last action asked for; null: it has taken effect. */
  asked: number | null;
  over: boolean;
}

const SETTLE_LOOK_EVERY_MS = 100;

/**
 * The environment on a real farm: a step takes a step's time. Steps end on an absolute axis, however long the platform, the
 * observation or the learner takes; a caller that comes too late for a step's end takes part in the next one. A scale-down
 * drains its workers beside the steps, as in the control loop, so its effect may be seen a step later.
 *
 * Differences from the simulated one, all of them real time's:
 * 1. The same seed gives the same tasks at the same times after the start, and not the same observations.
 * 2. `appliedDelta` is what the platform's number of workers changed by from one observation to the next.
 * 3. `reset` takes as long as the farm needs to be empty and to have its workers.
 */
export class LiveEnvironment implements Environment {
  readonly observationSpace: readonly Dimension[];
  readonly actions: ActionSet;
  readonly #options: LiveEnvironmentOptions;
  readonly #stepMs: number;
  #episodes: Rng = new Sfc32('unseeded');
  #episode: Episode | null = null;
  #closed = false;

  constructor(options: LiveEnvironmentOptions) {
    this.#options = options;
    this.actions = options.actions;
    this.observationSpace = boundedSpace(options.workload, options.actions.bounds);
    this.#stepMs = options.workload.control.stepDurationS * SECOND;
  }

  /** @throws CONFLICT when others have work in the farm, and what queue and gateway throw; the signal's reason. */
  async reset({ seed }: { seed?: number } = {}): Promise<ResetResult> {
    const { farm, workload, clock, signal } = this.#options;
    if (this.#closed) throw new Error('reset(): the environment is closed; open another one');
    signal.throwIfAborted();
    if (seed !== undefined) this.#episodes = new Sfc32(seed).fork('episodes');
    this.#episode = null;
    const { tasks, baseline } = await farm.begin({
      seed: seed ?? this.#episodes.int(2 ** 31),
      workers: workload.control.initialWorkers,
    });
    const startMs = clock.monotonic();
    const look = await farm.look(0);
    const seen = observe({ ...look, previous: null, baseline, sampleAgeMs: look.ageMs });
    const { desired, active, parked } = look.replicas;
    const workerTime = new WorkerTime(startMs, { desired, active, parked });
    const episode = { tasks, baseline, startMs, workerTime, slot: 0, step: 0, seen, asked: null, over: false };
    this.#episode = episode;
    return { observation: seen.observation, info: this.#info(episode) };
  }

  /** @throws what reset throws; CONFLICT too when somebody else gave the farm work in mid-episode. */
  async step(action: number): Promise<StepResult> {
    const { workload, reward, signal } = this.#options;
    const episode = this.#mustPlay(action);
    signal.throwIfAborted();
    const before = episode.seen;
    const workers = before.observation[4];
    const secondsBefore = episode.workerTime.workerSeconds.active;
    const requested = this.#act(episode, action);
    await this.#untilStepEnds(episode);
    await this.#look(episode);
    episode.step += 1;
    const { observation } = episode.seen;
    const terminated = this.#isDone(episode);
    const truncated = !terminated && episode.step >= workload.control.maxSteps;
    episode.over = terminated || truncated;
    const info = this.#info(episode);
    if (truncated) await this.#settle(episode);
    const { counts } = this.#info(episode);
    const unfinished = truncated ? unfinishedOf(counts) : 0;
    const rewardTerms = reward.terms({
      observation,
      appliedDelta: observation[4] - workers,
      workerSeconds: info.workerSeconds.active - secondsBefore,
      lateTasks: late(episode.seen.totals) - late(before.totals) + unfinished,
      unfinished,
      terminated,
      truncated,
    });
    return {
      observation,
      reward: totalReward(rewardTerms),
      terminated,
      truncated,
      info: {
        ...info,
        counts,
        requestedDelta: requested - workers,
        appliedDelta: observation[4] - workers,
        rewardTerms,
      },
    };
  }

  async qosByQuartile(): Promise<ByQuartile | null> {
    if (this.#episode === null) return null;
    return this.#options.farm.qosByQuartile(this.#info(this.#episode).counts.emitted);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#episode = null;
    await this.#options.farm.release();
  }

  #mustPlay(action: number): Episode {
    const { size, name } = this.actions;
    if (this.#episode === null) throw new Error('step(): there is no episode; call reset() first');
    if (this.#episode.over) throw new Error('step(): the episode is over; call reset() first');
    if (!Number.isInteger(action) || action < 0 || action >= size) {
      throw new RangeError(`action ${action}: expected a whole number from 0 to ${size - 1} (action set ${name})`);
    }
    return this.#episode;
  }

  /** Asks for what `action` means; its effect is counted when it comes. Returns the workers that were asked for. */
  #act(episode: Episode, action: number): number {
    const { farm, clock } = this.#options;
    const from = episode.seen.observation[4];
    const replicas = this.actions.replicasOf(action, from);
    if (replicas === from) return replicas;
    episode.asked = replicas;
    episode.workerTime.see(clock.monotonic(), { desired: replicas });
    void farm.scale({ replicas, from }).then((granted) => {
      if (episode.asked === replicas) episode.asked = null;
      if (granted !== null) episode.workerTime.see(clock.monotonic(), { desired: granted, active: granted });
    });
    return replicas;
  }

  async #untilStepEnds(episode: Episode): Promise<void> {
    const { clock, signal } = this.#options;
    const { startMs } = episode;
    episode.slot = Math.max(episode.slot + 1, Math.ceil((clock.monotonic() - startMs) / this.#stepMs));
    await clock.sleep(Math.max(0, startMs + episode.slot * this.#stepMs - clock.monotonic()), signal);
    signal.throwIfAborted();
  }

  async #look(episode: Episode): Promise<FarmLook> {
    const { farm, workload, clock } = this.#options;
    // Tasks of the episode before this one are none of its business.
    const sinceStartMs = clock.monotonic() - episode.startMs;
    const look = await farm.look(Math.min(workload.control.observationWindowS * SECOND, sinceStartMs));
    const { baseline, seen: previous } = episode;
    const strangers = look.reading.totals.submitted - baseline.submitted - episode.tasks;
    if (strangers > 0) {
      throw new FarmhandError(
        'CONFLICT',
        `${strangers} tasks of others came into the farm in mid-episode: what it shows is not the workload's any more`,
      );
    }
    episode.seen = observe({ ...look, previous, baseline, sampleAgeMs: look.ageMs });
    const { desired, active, parked } = look.replicas;
    episode.workerTime.see(clock.monotonic(), { desired: episode.asked ?? desired, active, parked });
    return look;
  }

  /**
   * After the last step: what was emitted may be finished for as long as a step. Counters go on; the last step's observation
   * stays what it was.
   */
  async #settle(episode: Episode): Promise<void> {
    const { clock, signal } = this.#options;
    const deadlineMs = clock.monotonic() + this.#stepMs;
    const last = episode.seen;
    while (clock.monotonic() < deadlineMs && unfinishedOf(this.#info(episode).counts) > 0) {
      await clock.sleep(Math.min(SETTLE_LOOK_EVERY_MS, deadlineMs - clock.monotonic()), signal);
      signal.throwIfAborted();
      await this.#look(episode);
    }
    episode.seen = { ...last, totals: episode.seen.totals };
  }

  /** Every task of the episode has its record or its dead letter. */
  #isDone({ tasks, baseline, seen }: Episode): boolean {
    const { collected, dead } = seen.totals;
    return collected - baseline.collected + (dead - baseline.dead) >= tasks;
  }

  #info({ seen, baseline, step, startMs, workerTime }: Episode): EnvironmentInfo {
    const { totals } = seen;
    return {
      ...seen.info,
      step,
      actionMask: this.actions.mask(seen.observation[4]),
      elapsedS: (this.#options.clock.monotonic() - startMs) / SECOND,
      counts: {
        emitted: totals.emitted - baseline.emitted,
        collected: totals.collected - baseline.collected,
        met: totals.met - baseline.met,
        dead: totals.dead - baseline.dead,
      },
      workerSeconds: workerTime.workerSeconds,
    };
  }
}

/** Tasks that were found to be late: collected after their deadline, or dead. */
function late({ collected, met, dead }: QueueTotals): number {
  return collected - met + dead;
}

/** Emitted, and without a record or a dead letter. */
function unfinishedOf({ emitted, collected, dead }: EnvironmentInfo['counts']): number {
  return emitted - collected - dead;
}
