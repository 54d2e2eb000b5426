import { SECOND, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { QueueObserver } from '#shared/queue/observe.ts';
import type { Drain } from '#shared/queue/roster.ts';
import type { PolicyShelf } from '../model-store/policy-shelf.ts';
import type { Policy } from '../policy/policy.ts';
import type { ScaleReading, Scaler } from '../scaler/scaler.ts';
import { ControlLoop } from './control-loop.ts';
import type { DecisionSink } from './decision.ts';
import { Executor } from './execute.ts';
import { Health } from './health.ts';
import { Knowledge } from './knowledge.ts';
import { Monitor } from './monitor.ts';
import { prepareWorkers } from './prepare.ts';
import { ScaleDown } from './scale-down.ts';
import type { EpisodeSettings } from './settings.ts';
import { Tally, type TallyReading } from './tally.ts';

export interface AutoscalerParts {
  readonly queue: Pick<QueueObserver, 'read'>;
  readonly drain: Drain;
  readonly scaler: Scaler;
  readonly sink: DecisionSink;
  readonly policies: Pick<PolicyShelf, 'find'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly newOrder: () => string;
  readonly leads: () => boolean;
}

export type AutoscalerState = 'running' | 'paused' | 'preparing' | 'stopped';

/** The running episode, as `GET /episodes/current` shows it. */
export interface EpisodeReading extends TallyReading {
  readonly policy: string;
  /** Farm time of its start, ms since 1970. */
  readonly since: number;
  readonly settings: EpisodeSettings;
}

interface Episode {
  readonly loop: ControlLoop;
  readonly tally: Tally;
  readonly settings: EpisodeSettings;
  readonly policy: string;
  readonly since: number;
}

/** A sample that takes longer is given up on, however long the step. */
const LONGEST_SAMPLE_MS = 5 * SECOND;

/**
 * Runs one episode after another on one farm. The first one is farm.yml's, and takes the workers as it finds them, so that
 * an autoscaler that restarts in mid-load takes none away.
 *
 *     running ⇄ paused;  running, paused ─▶ preparing ─▶ running;  any ─▶ stopped
 */
export class Autoscaler {
  readonly #parts: AutoscalerParts;
  readonly #stopping = new AbortController();
  readonly #scaleDown: ScaleDown;
  readonly health: Health;
  readonly knowledge: Knowledge;
  #episode: Episode;
  #preparing = false;

  /** Starts the first episode at once. @throws UNKNOWN_POLICY, MODEL_INVALID */
  static async start(parts: AutoscalerParts, settings: EpisodeSettings): Promise<Autoscaler> {
    return new Autoscaler(parts, { settings, policy: await parts.policies.find(settings.policy, settings) });
  }

  private constructor(parts: AutoscalerParts, first: { settings: EpisodeSettings; policy: Policy }) {
    this.#parts = parts;
    this.health = new Health(parts);
    this.knowledge = new Knowledge({ sink: parts.sink, health: this.health });
    this.#scaleDown = new ScaleDown(parts);
    this.#episode = this.#begin(first);
  }

  get state(): AutoscalerState {
    if (this.#stopping.signal.aborted) return 'stopped';
    if (this.#preparing) return 'preparing';
    return this.#episode.loop.paused ? 'paused' : 'running';
  }

  get leads(): boolean {
    return this.#parts.leads();
  }

  get episode(): EpisodeReading {
    const { policy, since, settings, tally } = this.#episode;
    return { policy, since, settings, ...tally.read(this.#parts.clock.monotonic()) };
  }

  /**
   * Ends the running episode, brings the workers to `initialWorkers` and starts a fresh one with its counters at zero.
   * Should that fail, the earlier episode goes on. Returns the workers that it starts with.
   * @throws UNKNOWN_POLICY, MODEL_INVALID, CONFLICT, and what `prepareWorkers` throws.
   */
  async startEpisode(settings: EpisodeSettings): Promise<ScaleReading> {
    this.#refuseUnlessFree();
    this.#preparing = true;
    const earlier = this.#episode.loop;
    const wasPaused = earlier.paused;
    try {
      const policy = await this.#parts.policies.find(settings.policy, settings);
      await earlier.pause();
      const workers = await prepareWorkers(
        { ...this.#parts, scaleDown: this.#scaleDown, signal: this.#stopping.signal },
        settings,
      );
      await earlier.stop();
      if (this.#stopping.signal.aborted) throw new FarmhandError('NOT_READY', 'the autoscaler is stopping');
      this.#episode = this.#begin({ settings, policy });
      this.#episode.tally.see(this.#parts.clock.monotonic(), workers.active);
      return workers;
    } catch (thrown) {
      if (!wasPaused) earlier.resume();
      throw thrown;
    } finally {
      this.#preparing = false;
    }
  }

  /** From now on decides nothing and changes nothing; goes on looking. */
  async pause(): Promise<void> {
    this.#refuseUnlessFree();
    await this.#episode.loop.pause();
  }

  resume(): void {
    this.#refuseUnlessFree();
    this.#episode.loop.resume();
  }

  /** Idempotent. Open scale-downs are withdrawn. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#episode.loop.stop();
  }

  #refuseUnlessFree(): void {
    if (this.#preparing) {
      throw new FarmhandError('CONFLICT', 'an episode is being prepared; try again when GET /status says running');
    }
    if (!this.leads) {
      throw new FarmhandError(
        'CONFLICT',
        "this autoscaler does not hold the farm's leader lease: another one does, or Redis does not answer",
      );
    }
  }

  #begin({ settings, policy }: { settings: EpisodeSettings; policy: Policy }): Episode {
    const { clock, log } = this.#parts;
    const timeoutMs = Math.min(settings.stepDurationS * SECOND, LONGEST_SAMPLE_MS);
    const monitor = new Monitor(
      { ...this.#parts, health: this.health },
      { windowMs: settings.observationWindowS * SECOND, timeoutMs },
    );
    const tally = new Tally();
    const { health, knowledge } = this;
    const executor = new Executor({ ...this.#parts, scaleDown: this.#scaleDown, health });
    const loop = new ControlLoop({ ...this.#parts, monitor, policy, tally, executor, health, knowledge }, settings);
    loop.start();
    log.info(
      { policy: policy.name, settings },
      `an episode of ${policy.name} starts, one step every ${settings.stepDurationS} s`,
    );
    return { loop, tally, settings, policy: policy.name, since: clock.farmTime() };
  }
}
