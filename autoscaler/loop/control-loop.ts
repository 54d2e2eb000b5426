import { SECOND, type Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/log.ts';
import type { Announcer } from './announcer.ts';
import type { Decision } from './decision.ts';
import type { Deliberated, Deliberation } from './deliberation.ts';
import type { Effect, Executor } from './execute.ts';
import type { Health } from './health.ts';
import type { Knowledge } from './knowledge.ts';
import type { Monitor, Sample } from './monitor.ts';
import { plan } from './plan.ts';
import type { EpisodeSettings } from './settings.ts';
import type { Tally } from './tally.ts';

export interface ControlLoopParts {
  readonly monitor: Monitor;
  /** Who decides; asked for each step, so that a switch needs no new episode. */
  readonly deliberation: () => Deliberation;
  readonly executor: Executor;
  readonly knowledge: Knowledge;
  readonly tally: Tally;
  readonly health: Health;
  readonly announcer: Pick<Announcer, 'announce'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** False: another autoscaler decides, and this one only watches. */
  readonly leads: () => boolean;
}

/** A look at the farm, and how long it took. */
interface Look {
  readonly sample: Sample;
  readonly observeMs: number;
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
    this.#turn = this.#look().then(async ({ sample }) => {
      if (!this.#parts.leads()) await this.#watch(sample);
    });
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

  async #look(): Promise<Look> {
    const { monitor, knowledge, tally, clock } = this.#parts;
    const startMs = clock.monotonic();
    const sample = await monitor.sample();
    knowledge.see(sample);
    if (sample.kind === 'seen') tally.see(clock.monotonic(), sample.replicas.active);
    return { sample, observeMs: clock.monotonic() - startMs };
  }

  async #step(): Promise<void> {
    const look = await this.#look();
    if (this.#paused) return;
    const { sample } = look;
    if (!this.#parts.leads()) {
      await this.#watch(sample);
      return;
    }
    const blind = sample.kind === 'blind' ? sample.because : this.#staleness(sample);
    if (sample.kind === 'blind' || blind !== null) {
      this.#end({ ...this.#blank(look), because: blind ?? 'there was nothing to see' });
      return;
    }
    const { executor } = this.#parts;
    const { granted: workers, limit } = sample.replicas;
    const moment = { seen: sample.sighting, workers, limit, draining: executor.draining };
    const deliberation = this.#parts.deliberation();
    const deliberated = await deliberation.decide(moment);
    this.#note(deliberation, deliberated);
    // It may have taken as long as a policy may take.
    if (!this.#parts.leads()) {
      deliberation.live.acted?.(null);
      return;
    }
    const { ruling, policy, tookMs } = deliberated;
    deliberation.live.acted?.(ruling.verdict.replicas);
    const decision: Decision = {
      ...this.#blank(look),
      policy,
      proposed: ruling.decision.kind === 'scale' ? ruling.decision.replicas : null,
      candidates: ruling.candidates,
      verdict: ruling.verdict,
      took: { observeMs: look.observeMs, decideMs: tookMs, actMs: null },
      because: ruling.verdict.because,
    };
    await this.#execute(decision, { ruling, workers, shadow: deliberated.shadow });
  }

  /** What another process decides on. A process that was started just now may be the one that leads next. */
  async #watch(sample: Sample): Promise<void> {
    if (sample.kind === 'seen') await this.#parts.deliberation().watch(sample.sighting);
  }

  /** Why a sample that was taken is no basis for a decision; null: it is one. */
  #staleness({ sighting }: Extract<Sample, { kind: 'seen' }>): string | null {
    const { sampleAgeMs } = sighting.info;
    if (sampleAgeMs <= this.#settings.stepDurationS * SECOND) return null;
    return `the sample is ${(sampleAgeMs / SECOND).toFixed(1)} s old, more than a step`;
  }

  /** A decision that has not been made: it holds. */
  #blank({ sample, observeMs }: Look): Decision {
    const { tally, clock, deliberation } = this.#parts;
    const seen = sample.kind === 'seen' ? sample : null;
    const because = sample.kind === 'blind' ? sample.because : 'nothing was decided';
    return {
      step: tally.step(),
      at: clock.farmTime(),
      policy: deliberation().live.name,
      observation: seen?.sighting.observation ?? null,
      info: seen?.sighting.info ?? null,
      proposed: null,
      candidates: [],
      verdict: { kind: 'held', replicas: seen?.replicas.granted ?? null, corrections: [], because },
      shadow: null,
      requested: null,
      granted: seen?.replicas.granted ?? null,
      drained: 0,
      withdrawn: 0,
      outcome: 'noop',
      took: { observeMs, decideMs: 0, actMs: null },
      because,
    };
  }

  /** Tells of a policy that fails, and of another one that is in charge now. */
  #note({ reading }: Deliberation, { live, ruling }: Deliberated): void {
    const { health, log, announcer } = this.#parts;
    if (live.kind === 'decided') health.well('policy');
    else health.ill('policy', new Error(live.because));
    if (!ruling.switched) return;
    const { fallback, safe, live: watched } = reading;
    const fields = { policy: watched.name, safe, fault: fallback.fault, switches: fallback.switches };
    if (fallback.active)
      log.warn(fields, `${safe} takes over from ${watched.name}: ${fallback.because ?? 'it failed'}`);
    else log.info(fields, `${watched.name} is in charge again`);
    announcer.announce({ kind: 'policy', policy: reading });
  }

  /** Acts first and records then: the shadow's proposal belongs to the record, and nobody waits for it before acting. */
  async #execute(
    decision: Decision,
    { ruling, workers, shadow }: Pick<Deliberated, 'ruling' | 'shadow'> & { workers: number },
  ): Promise<void> {
    const { executor, knowledge, clock } = this.#parts;
    const planned = plan(ruling.verdict.replicas, workers);
    if (planned.kind === 'hold') {
      this.#end({ ...decision, shadow: await shadow });
      return;
    }
    const { replicas } = planned;
    const startMs = clock.monotonic();
    const settled = (asked: Decision, effect: Effect): Decision => ({
      ...asked,
      ...effect,
      took: { ...asked.took, actMs: clock.monotonic() - startMs },
      because: effect.because === null ? asked.because : `${asked.because}; ${effect.because}`,
    });
    if (planned.kind === 'up') {
      const effect = await executor.up({ replicas, from: workers });
      this.#end(settled({ ...decision, requested: replicas, shadow: await shadow }, effect));
      return;
    }
    const timeoutMs = this.#settings.drainTimeoutS * SECOND;
    const effect = executor.down({ replicas, from: workers, timeoutMs });
    const waiting: Decision = { ...decision, requested: replicas, shadow: await shadow, outcome: 'draining' };
    knowledge.record(waiting);
    this.#settling = effect.then((ended) => this.#end(settled(waiting, ended), waiting));
  }

  #end(decision: Decision, waiting?: Decision): void {
    const { knowledge, tally, clock, log } = this.#parts;
    const { step, outcome, requested, granted, drained, withdrawn, because } = decision;
    tally.end(decision);
    if (granted !== null && outcome !== 'noop') tally.see(clock.monotonic(), granted);
    knowledge.record(decision, waiting);
    const verdict = decision.verdict.kind;
    const fields = { step, policy: decision.policy, verdict, outcome, requested, granted, drained, withdrawn };
    if (outcome === 'noop') log.debug(fields, `step ${step}: ${because}`);
    else log.info(fields, `step ${step}: ${outcome}: ${because}`);
  }
}
