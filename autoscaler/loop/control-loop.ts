import { SECOND, type Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { Policy, PolicyDecision } from '../policy/policy.ts';
import type { Decision } from './decision.ts';
import type { Effect, Executor } from './execute.ts';
import type { Health } from './health.ts';
import type { Knowledge } from './knowledge.ts';
import type { Monitor, Sample } from './monitor.ts';
import { plan, type Plan } from './plan.ts';
import type { EpisodeSettings } from './settings.ts';
import type { Tally } from './tally.ts';

export interface ControlLoopParts {
  readonly monitor: Monitor;
  readonly policy: Policy;
  readonly executor: Executor;
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
    await this.#parts.executor.callOff();
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
      draining: this.#parts.executor.draining,
    });
  }

  async #execute(planned: Plan, decision: Decision, workers: number): Promise<void> {
    const { because } = planned;
    if (planned.kind === 'hold') {
      this.#end({ ...decision, because });
      return;
    }
    const { executor, knowledge } = this.#parts;
    const { kind, replicas } = planned;
    const asked = { ...decision, requested: replicas, because };
    if (kind === 'up') {
      this.#end(settled(asked, await executor.up({ replicas, from: workers })));
      return;
    }
    const waiting: Decision = { ...asked, outcome: 'draining' };
    knowledge.record(waiting);
    const timeoutMs = this.#settings.drainTimeoutS * SECOND;
    this.#settling = executor
      .down({ replicas, from: workers, timeoutMs })
      .then((effect) => this.#end(settled(asked, effect), waiting));
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

function settled(asked: Decision, effect: Effect): Decision {
  const because = effect.because === null ? asked.because : `${asked.because}; ${effect.because}`;
  return { ...asked, ...effect, because };
}
