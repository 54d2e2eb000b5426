import { SECOND } from '#shared/clock.ts';
import { Sfc32, type Rng } from '#shared/rng.ts';
import { LATE_EVERY, type DispatchRule } from '#shared/queue/lane-rule.ts';
import { NO_TOTALS } from '#shared/queue/observe.ts';
import type { DeadlineRule } from '#shared/task.ts';
import { WorkloadDrawer } from '#shared/workload/draw.ts';
import type { Workload } from '#shared/workload/workload.ts';
import { observe, type Dimension, type Sighting } from '../observation.ts';
import type { ActionSet } from '../policy/action-set.ts';
import { DelaySampler } from '../sim/delay.ts';
import { FarmSim } from '../sim/farm/farm-sim.ts';
import { LanesLine } from '../sim/farm/lanes-line.ts';
import { quartileEdges, type ByQuartile, type QuartileEdges } from '../sim/farm/quartiles.ts';
import { FifoLine } from '../sim/farm/waiting-line.ts';
import type { TimingProfile } from '../sim/timing-profile.ts';
import { boundedSpace } from './bounded-space.ts';
import type { Environment, EnvironmentInfo, ResetResult, StepResult } from './environment.ts';
import { totalReward, type Reward } from './reward.ts';

export interface SimulatedEnvironmentParts {
  readonly workload: Workload;
  readonly profile: TimingProfile;
  readonly deadline: DeadlineRule;
  readonly actions: ActionSet;
  readonly reward: Reward;
  readonly dispatch: DispatchRule['dispatch'];
  /** Of so many claims one serves the late tasks, under `lanes`. */
  readonly lateEvery?: number;
  /** How far the service times that the queue expects may be from the real ones, as a share of these. */
  readonly estimateError?: number;
}

/**
 * A farm in virtual time: a step is computed, not waited for. Its nine numbers come from the same code as the real farm's.
 * One seed is one episode, bit for bit: the workload's tasks and the farm's delays are drawn from it by separate streams.
 *
 *     new ──reset──▶ running ──step──▶ running … ──▶ over (terminated or truncated) ──reset──▶ running
 */
export class SimulatedEnvironment implements Environment {
  readonly actions: ActionSet;
  readonly observationSpace: readonly Dimension[];
  readonly #parts: SimulatedEnvironmentParts;
  readonly #drawer: WorkloadDrawer;
  readonly #farm: FarmSim;
  readonly #windowMs: number;
  readonly #stepMs: number;
  readonly #stepOverhead: DelaySampler;
  readonly #firstObservation: DelaySampler;
  #episodes: Rng = new Sfc32('unseeded');
  #overheads: Rng = this.#episodes;
  #state: 'new' | 'running' | 'over' = 'new';
  #last: Sighting | null = null;
  #step = 0;
  #activeMs = 0;
  #quartileEdges: QuartileEdges | null = null;

  constructor(parts: SimulatedEnvironmentParts) {
    const { workload, profile, deadline, actions } = parts;
    this.#parts = parts;
    this.actions = actions;
    this.observationSpace = boundedSpace(workload, actions.bounds);
    this.#drawer = new WorkloadDrawer(workload);
    const { dispatch, lateEvery = LATE_EVERY, estimateError = 0 } = parts;
    const line = dispatch === 'fifo' ? new FifoLine() : new LanesLine({ lateEvery });
    this.#farm = new FarmSim({ profile, deadline, line, estimateError });
    this.#windowMs = workload.control.observationWindowS * SECOND;
    this.#stepMs = workload.control.stepDurationS * SECOND;
    this.#stepOverhead = new DelaySampler(profile.stepOverhead);
    this.#firstObservation = new DelaySampler(profile.firstObservation);
  }

  reset({ seed }: { seed?: number } = {}): ResetResult {
    if (seed !== undefined) this.#episodes = new Sfc32(seed).fork('episodes');
    const episode = seed ?? this.#episodes.int(2 ** 31);
    const rng = new Sfc32(episode).fork('farm');
    const { workload } = this.#parts;
    this.#farm.begin({ tasks: this.#drawer.draw(episode), workers: workload.control.initialWorkers, rng });
    this.#overheads = rng.fork('steps');
    this.#farm.advance(this.#firstObservation.draw(this.#overheads));
    this.#step = 0;
    this.#activeMs = this.#farm.usage.activeMs;
    this.#state = 'running';
    this.#last = null;
    const { observation, info } = this.#look();
    return { observation, info: { ...info, ...this.#progress() } };
  }

  step(action: number): StepResult {
    if (this.#state !== 'running') throw new Error(`step(): the episode is ${this.#state}; call reset() first`);
    if (!Number.isInteger(action) || action < 0 || action >= this.actions.size) {
      throw new RangeError(`action ${action}: expected a whole number from 0 to ${this.actions.size - 1}`);
    }
    const farm = this.#farm;
    const before = farm.replicas().granted;
    const after = this.actions.replicasOf(action, before);
    const lateBefore = this.#late();
    if (after !== before) farm.scaleTo(after);
    farm.advance(farm.nowMs + this.#stepMs + this.#stepOverhead.draw(this.#overheads));
    this.#step += 1;

    const { observation, info } = this.#look();
    const terminated = farm.done;
    const truncated = !terminated && this.#step >= this.#parts.workload.control.maxSteps;
    const progress = this.#progress();
    const { activeMs } = farm.usage;
    if (truncated) this.#settle();
    const unfinished = truncated ? farm.unfinished : 0;
    if (terminated || truncated) this.#state = 'over';
    const rewardTerms = this.#parts.reward.terms({
      observation,
      appliedDelta: after - before,
      workerSeconds: (activeMs - this.#activeMs) / SECOND,
      lateTasks: this.#late() - lateBefore + unfinished,
      unfinished,
      terminated,
      truncated,
    });
    this.#activeMs = activeMs;
    return {
      observation,
      reward: totalReward(rewardTerms),
      terminated,
      truncated,
      info: {
        // One spread: a second one in the same literal costs as much as the whole observation.
        ...info,
        step: progress.step,
        actionMask: progress.actionMask,
        elapsedS: progress.elapsedS,
        counts: truncated ? farm.counts() : progress.counts,
        workerSeconds: progress.workerSeconds,
        requestedDelta: after - before,
        appliedDelta: after - before,
        rewardTerms,
      },
    };
  }

  qosByQuartile(): ByQuartile {
    this.#quartileEdges ??= quartileEdges(this.#parts.workload.service);
    return this.#farm.qosByQuartile(this.#quartileEdges);
  }

  close(): void {
    this.#state = 'over';
  }

  #look(): Sighting {
    const reading = this.#farm.read(this.#windowMs);
    const sighting = observe({
      reading,
      replicas: this.#farm.replicas(),
      previous: this.#last,
      baseline: NO_TOTALS,
      sampleAgeMs: 0,
      whenEmpty: this.#parts.profile.emptyWindow ?? undefined,
    });
    this.#last = sighting;
    return sighting;
  }

  #progress(): Pick<EnvironmentInfo, 'step' | 'actionMask' | 'elapsedS' | 'counts' | 'workerSeconds'> {
    const { desiredMs, activeMs } = this.#farm.usage;
    return {
      step: this.#step,
      actionMask: this.actions.mask(this.#farm.replicas().granted),
      elapsedS: this.#farm.nowMs / SECOND,
      counts: this.#farm.counts(),
      workerSeconds: { desired: desiredMs / SECOND, active: activeMs / SECOND, parked: 0 },
    };
  }

  /** The steps are over: what the farm has may be finished, for as long as the profile allows. */
  #settle(): void {
    const farm = this.#farm;
    const untilMs = farm.nowMs + this.#parts.profile.settleS * SECOND;
    while (farm.unfinished > 0 && farm.nextAtMs <= untilMs) farm.advance(farm.nextAtMs);
  }

  /** Tasks collected after their deadline so far. */
  #late(): number {
    const { collected, met } = this.#farm.counts();
    return collected - met;
  }
}
