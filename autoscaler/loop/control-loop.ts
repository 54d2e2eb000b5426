import { SECOND, type Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { Policy, PolicyDecision } from '../policy/policy.ts';
import type { Scaler } from '../scaler/scaler.ts';
import type { Decision } from './decision.ts';
import type { Health } from './health.ts';
import type { Knowledge } from './knowledge.ts';
import type { Monitor, Sample } from './monitor.ts';
import { plan, type Plan } from './plan.ts';
import type { ScaleDown } from './scale-down.ts';
import type { EpisodeSettings } from './settings.ts';
import type { Tally } from './tally.ts';

export interface ControlLoopParts {
  readonly monitor: Monitor;
  readonly policy: Policy;
  readonly scaler: Pick<Scaler, 'apply'>;
  readonly scaleDown: ScaleDown;
  readonly knowledge: Knowledge;
  readonly tally: Tally;
  readonly health: Health;
  readonly clock: Clock;
  readonly log: Logger;
  /** False: another autoscaler decides, and this one only watches. */
  readonly leads: () => boolean;
}

/**
 * One episode: monitor, decide, plan, execute, once a step. Steps are due at start + k · step and never overlap; one whose
 * moment passes while an earlier one is at work is skipped and counted, so nothing drifts. The first look is at the start
 * and the first decision a step later, when there is an arrival rate. A scale-down runs beside the loop.
 *
 *     idle ─▶ running ⇄ paused ─▶ stopped          paused: looks, and decides nothing
 */
export class ControlLoop {
  readonly #parts: ControlLoopParts;
  readonly #settings: EpisodeSettings;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;
  #turn: Promise<void> = Promise.resolve();
  #settling: Promise<void> = Promise.resolve();
  #paused = false;

  constructor(parts: ControlLoopParts, settings: EpisodeSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  get paused(): boolean {
    return this.#paused;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when nothing is being changed any more: a turn in progress has ended, an open scale-down is withdrawn. */
  async pause(): Promise<void> {
    this.#paused = true;
    await this.#turn;
    await this.#parts.scaleDown.cancel();
    await this.#settling;
  }

  resume(): void {
    this.#paused = false;
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.pause();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, tally } = this.#parts;
    const { signal } = this.#stopping;
    const stepMs = this.#settings.stepDurationS * SECOND;
    const startMs = clock.monotonic();
    this.#turn = this.#look().then(() => undefined);
    await this.#turn;
    let step = 1;
    for (;;) {
      const due = Math.max(step, Math.ceil((clock.monotonic() - startMs) / stepMs));
      tally.skip(due - step);
      await clock.sleep(Math.max(0, startMs + due * stepMs - clock.monotonic()), signal);
      if (signal.aborted) return;
      this.#turn = this.#step();
      await this.#turn;
      step = due + 1;
    }
  }

  async #look(): Promise<Sample> {
    const { monitor, knowledge, tally, clock } = this.#parts;
    const sample = await monitor.sample();
    knowledge.see(sample);
    if (sample.kind === 'seen') tally.see(clock.monotonic(), sample.replicas.active);
    return sample;
  }

  async #step(): Promise<void> {
    const sample = await this.#look();
    if (this.#paused || !this.#parts.leads()) return;
    const answer = this.#decide(sample);
    const decision: Decision = {
      step: this.#parts.tally.step(),
      at: this.#parts.clock.farmTime(),
      policy: this.#parts.policy.name,
      observation: sample.kind === 'seen' ? sample.sighting.observation : null,
      info: sample.kind === 'seen' ? sample.sighting.info : null,
      proposed: answer.kind === 'scale' ? answer.replicas : null,
      requested: null,
      granted: sample.kind === 'seen' ? sample.replicas.granted : null,
      drained: 0,
      withdrawn: 0,
      outcome: 'noop',
      because: answer.because,
    };
    if (sample.kind === 'blind') this.#end(decision);
    else await this.#execute(this.#plan(answer, sample), decision, sample.replicas.granted);
  }

  #decide(sample: Sample): PolicyDecision {
    if (sample.kind === 'blind') return { kind: 'hold', because: sample.because };
    const { sampleAgeMs } = sample.sighting.info;
    if (sampleAgeMs > this.#settings.stepDurationS * SECOND) {
      return { kind: 'hold', because: `the sample is ${(sampleAgeMs / SECOND).toFixed(1)} s old, more than a step` };
    }
    const { policy, health } = this.#parts;
    try {
      const answer = policy.decide(sample.sighting);
      health.well('policy');
      return answer;
    } catch (thrown) {
      const error = coerceError(thrown);
      health.ill('policy', error);
      return { kind: 'hold', because: `the policy failed: ${error.message}` };
    }
  }

  #plan(decision: PolicyDecision, { replicas }: Extract<Sample, { kind: 'seen' }>): Plan {
    return plan({
      decision,
      workers: replicas.granted,
      bounds: this.#settings,
      limit: replicas.limit,
      draining: this.#parts.scaleDown.open,
    });
  }

  async #execute(planned: Plan, decision: Decision, workers: number): Promise<void> {
    const { because } = planned;
    if (planned.kind === 'hold') {
      this.#end({ ...decision, because });
      return;
    }
    const asked = { ...decision, requested: planned.replicas, because };
    if (planned.kind === 'up') {
      await this.#scaleUp(asked, planned.replicas, workers);
      return;
    }
    const waiting: Decision = { ...asked, outcome: 'draining' };
    this.#parts.knowledge.record(waiting);
    this.#settling = this.#scaleDown(waiting, planned.replicas, workers);
  }

  async #scaleUp(asked: Decision, replicas: number, workers: number): Promise<void> {
    const { scaler, scaleDown, health } = this.#parts;
    try {
      // Workers that are about to go are the fastest ones to get.
      await scaleDown.cancel();
      const { granted } = await scaler.apply({ replicas });
      health.well('gateway');
      const because = granted === replicas ? asked.because : `${asked.because}; granted ${granted} of ${replicas}`;
      this.#end({ ...asked, granted, outcome: granted > workers ? 'up' : 'refused', because });
    } catch (thrown) {
      const error = coerceError(thrown);
      health.ill('gateway', error);
      this.#end({ ...asked, granted: null, outcome: 'failed', because: `${asked.because}; ${error.message}` });
    }
  }

  async #scaleDown(waiting: Decision, replicas: number, workers: number): Promise<void> {
    const timeoutMs = this.#settings.drainTimeoutS * SECOND;
    const result = await this.#parts.scaleDown.run({ replicas, from: workers, timeoutMs });
    const { drained, withdrawn, outcome } = result;
    const granted = result.granted ?? (outcome === 'failed' ? null : workers);
    const because = `${waiting.because}; ${result.because}`;
    this.#end({ ...waiting, drained, withdrawn, outcome, granted, because }, waiting);
  }

  #end(decision: Decision, waiting?: Decision): void {
    const { knowledge, tally, clock, log } = this.#parts;
    const { step, outcome, requested, granted, drained, withdrawn, because } = decision;
    tally.end(decision);
    if (granted !== null && outcome !== 'noop') tally.see(clock.monotonic(), granted);
    knowledge.record(decision, waiting);
    const fields = { step, policy: decision.policy, outcome, requested, granted, drained, withdrawn };
    if (outcome === 'noop') log.debug(fields, `step ${step}: ${because}`);
    else log.info(fields, `step ${step}: ${outcome}: ${because}`);
  }
}
