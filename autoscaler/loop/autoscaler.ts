import { SECOND, type Clock } from '#shared/clock.ts';
import type { FarmConfig } from '#shared/config-schema.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { QueueObserver } from '#shared/queue/observe.ts';
import type { Drain } from '#shared/queue/roster.ts';
import type { PolicyShelf } from '../model-store/policy-shelf.ts';
import type { ScaleReading, Scaler } from '../scaler/scaler.ts';
import type { TrainedPopulation } from '../shield/drift/drift-watch.ts';
import { Announcer } from './announcer.ts';
import { ControlLoop } from './control-loop.ts';
import type { AppointParts } from './appoint.ts';
import { Council, type PolicyChoice } from './council.ts';
import type { DecisionSink } from './decision.ts';
import type { AutoscalerListener, PolicyReading } from './events.ts';
import { Executor } from './execute.ts';
import { FencedScaler } from './fenced-scaler.ts';
import { Health } from './health.ts';
import { Knowledge } from './knowledge.ts';
import { Monitor } from './monitor.ts';
import { prepareWorkers } from './prepare.ts';
import { ScaleDown } from './scale-down.ts';
import type { EpisodeSettings } from './settings.ts';
import { Succession } from './succession.ts';
import { ordersOf, sameButPolicies, sameEpisode, type OrderBook, type StandingOrders } from './standing-orders.ts';
import { Tally, type TallyReading } from './tally.ts';

export interface AutoscalerParts {
  readonly queue: Pick<QueueObserver, 'read'>;
  readonly drain: Drain;
  readonly scaler: Scaler;
  readonly sink: DecisionSink;
  readonly policies: Pick<PolicyShelf, 'find'>;
  /** farm.yml's section. */
  readonly shield: FarmConfig['shield'];
  /** What the workload of that name is like, for models that were trained on it; null: nobody knows it. */
  readonly populationOf: (workload: string) => TrainedPopulation | null;
  /** How live models learn on (run/online/online-learning.ts); nothing: none does. */
  readonly learning?: AppointParts['learning'];
  /** What a model's thread runs; nothing: policy-thread.ts. */
  readonly module?: URL;
  readonly clock: Clock;
  readonly log: Logger;
  readonly newOrder: () => string;
  /** Whether this process may decide; once it may, whoever made that so calls `takeOffice`. */
  readonly leads: () => boolean;
  /** Orders that outlive this process; nothing: they end with it. */
  readonly orders?: OrderBook;
  /** Told when an episode begins: a leader's lease has to fit its step. */
  readonly onStep?: (stepDurationS: number) => void;
}

export type AutoscalerState = 'running' | 'paused' | 'preparing' | 'stopped';

/** The running episode, as `GET /episodes/current` shows it. */
export interface EpisodeReading extends TallyReading {
  /** The live policy, in charge or not. */
  readonly policy: string;
  /** Farm time of its start, ms since 1970. */
  readonly since: number;
  readonly settings: EpisodeSettings;
}

interface Episode {
  readonly loop: ControlLoop;
  readonly tally: Tally;
  readonly settings: EpisodeSettings;
  readonly council: Council;
  readonly since: number;
}

/** A sample that takes longer is given up on, however long the step. */
const LONGEST_SAMPLE_MS = 5 * SECOND;
/**
 * Runs one episode after another on one farm. The first one is as the standing orders say, which are farm.yml's until somebody
 * gives others through HTTP, and takes the workers as it finds them, so that an autoscaler that restarts in mid-load takes none
 * away. One that comes to lead takes up the orders of its predecessor before it decides.
 *
 *     running ⇄ paused;  running, paused ─▶ preparing ─▶ running;  any ─▶ stopped
 */
export class Autoscaler {
  readonly #parts: AutoscalerParts;
  readonly #succession: Succession;
  readonly #stopping = new AbortController();
  readonly #announcer: Announcer;
  readonly #scaleDown: ScaleDown;
  readonly health: Health;
  readonly knowledge: Knowledge;
  #episode: Episode;
  #preparing = false;
  /** Told by somebody to stand still, and not only for as long as somebody else scales. */
  #pausedByOrder = false;

  /**
   * Starts the first episode at once; with a model that cannot be loaded, under the safe policy. `settings`: farm.yml's.
   * @throws UNKNOWN_POLICY for a name in farm.yml that means nothing
   */
  static async start(parts: AutoscalerParts, settings: EpisodeSettings): Promise<Autoscaler> {
    const usual = ordersOf(settings);
    const given = await readOrders(parts);
    const council = given === null ? null : await seatIfKnown(given, parts);
    const orders = given === null || council === null ? usual : given;
    const first = { settings: orders.settings, council: council ?? (await Council.seatAnyhow(usual, parts)) };
    if (orders !== usual) tellOf(orders, parts);
    const autoscaler = new Autoscaler(parts, { usual, first });
    await autoscaler.#obeyPause(orders);
    return autoscaler;
  }

  private constructor(
    parts: AutoscalerParts,
    { usual, first }: { usual: StandingOrders; first: { settings: EpisodeSettings; council: Council } },
  ) {
    const leads = (): boolean => parts.leads() && !this.#succession.underWay;
    this.#parts = { ...parts, leads, scaler: new FencedScaler({ ...parts, leads }) };
    this.#succession = new Succession({
      ...{ ...parts, usual, signal: this.#stopping.signal },
      current: () => this.#orders,
      follow: (orders) => this.#follow(orders),
    });
    this.#announcer = new Announcer(parts);
    this.health = new Health(parts);
    this.knowledge = new Knowledge({ sink: parts.sink, health: this.health, announcer: this.#announcer });
    this.#scaleDown = new ScaleDown(this.#parts);
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
    const { council, since, settings, tally } = this.#episode;
    const { live } = council.choice;
    return {
      policy: live,
      since,
      settings: { ...settings, policy: live },
      ...tally.read(this.#parts.clock.monotonic()),
    };
  }

  /** Who decides, and whether the safe policy had to take over. */
  get policy(): PolicyReading {
    return this.#episode.council.deliberation.reading;
  }

  /** Tells of observations, decisions and switches from now on. Returns what ends it. */
  subscribe(listener: AutoscalerListener): () => void {
    return this.#announcer.subscribe(listener);
  }

  /**
   * Other policies from the next step on, without ending the episode or moving a worker; what is left out stays. A live
   * policy that comes new has a new guard.
   * @throws UNKNOWN_POLICY, MODEL_INVALID, CONFLICT: then nothing has changed
   */
  async setPolicy(choice: Partial<PolicyChoice>): Promise<PolicyReading> {
    this.#refuseUnlessFree();
    this.#preparing = true;
    try {
      await this.#episode.council.change(choice);
    } finally {
      this.#preparing = false;
    }
    const reading = this.policy;
    this.#parts.log.info({ ...choice }, `from now on ${reading.live.name} decides`);
    this.#announcer.announce({ kind: 'policy', policy: reading });
    await this.#succession.keep();
    return reading;
  }

  /**
   * Ends the running episode, brings the workers to `initialWorkers` and starts a fresh one with its counters at zero.
   * Should that fail, the earlier episode goes on. Returns the workers that it starts with.
   * @throws UNKNOWN_POLICY, MODEL_INVALID, CONFLICT, and what `prepareWorkers` throws.
   */
  async startEpisode(settings: EpisodeSettings): Promise<ScaleReading> {
    this.#refuseUnlessFree();
    const workers = await this.#prepareEpisode(settings);
    this.#pausedByOrder = false;
    await this.#succession.keep();
    return workers;
  }

  /**
   * From now on decides nothing and changes nothing; goes on looking. `lasting`: as an order, which a successor takes up; else until
   * this process ends: for those who would not be there to resume it.
   */
  async pause({ lasting }: { lasting: boolean } = { lasting: true }): Promise<void> {
    this.#refuseUnlessFree();
    await this.#episode.loop.pause();
    if (!lasting) return;
    this.#pausedByOrder = true;
    await this.#succession.keep();
  }

  async resume(): Promise<void> {
    this.#refuseUnlessFree();
    this.#episode.loop.resume();
    this.#pausedByOrder = false;
    await this.#succession.keep();
  }

  /**
   * Takes up the orders that hold before the first decision of a term of office: another process may have led meanwhile. Where
   * they are those that are followed already, the episode goes on.
   */
  takeOffice(): void {
    this.#succession.takeOffice();
  }

  /** Another process leads: goes on by its orders beside it, so that there is nothing to begin when this one comes to lead. */
  keepUp(): void {
    if (!this.#preparing) this.#succession.keepUp();
  }

  /** Idempotent. Open scale-downs are withdrawn. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#succession.settled();
    await this.#episode.loop.stop();
    await this.#episode.council.stop();
  }

  async #prepareEpisode(settings: EpisodeSettings): Promise<ScaleReading> {
    this.#preparing = true;
    const { loop: earlier, council: before } = this.#episode;
    const wasPaused = earlier.paused;
    let council: Council | null = null;
    try {
      council = await Council.seat({ live: settings.policy, shadow: before.asked.shadow }, settings, this.#parts);
      await earlier.pause();
      const workers = await prepareWorkers(
        { ...this.#parts, scaleDown: this.#scaleDown, signal: this.#stopping.signal },
        settings,
      );
      await earlier.stop();
      if (this.#stopping.signal.aborted) throw new FarmhandError('NOT_READY', 'the autoscaler is stopping');
      this.#episode = this.#begin({ settings, council });
      await before.stop();
      this.#episode.tally.see(this.#parts.clock.monotonic(), workers.active);
      return workers;
    } catch (thrown) {
      await council?.stop();
      if (!wasPaused) earlier.resume();
      throw thrown;
    } finally {
      this.#preparing = false;
    }
  }

  get #orders(): StandingOrders {
    const { council, settings } = this.#episode;
    const { live, shadow } = council.asked;
    return { settings: { ...settings, policy: live }, shadow, paused: this.#pausedByOrder };
  }

  /** With the workers as they are: only a process has changed, and its farm is at work. */
  async #follow(orders: StandingOrders): Promise<void> {
    // What is being prepared was ordered here, and is kept when it stands.
    if (this.#preparing) return;
    if (!sameEpisode(orders, this.#orders)) {
      if (!(await this.#followPolicies(orders)) && !(await this.#followAnew(orders))) return;
      this.#announcer.announce({ kind: 'policy', policy: this.policy });
    }
    await this.#obeyPause(orders);
  }

  /** The episode goes on by other policies. False: it cannot. */
  async #followPolicies(orders: StandingOrders): Promise<boolean> {
    if (!sameButPolicies(orders, this.#orders)) return false;
    const { council } = this.#episode;
    const { policy: live } = orders.settings;
    const { shadow } = orders;
    try {
      await council.change({
        ...(live !== council.asked.live && { live }),
        ...(shadow !== council.asked.shadow && { shadow }),
      });
    } catch {
      return false;
    }
    tellOf(orders, this.#parts);
    return true;
  }

  /** In an episode by them. False: their policy is gone. */
  async #followAnew(orders: StandingOrders): Promise<boolean> {
    const { loop: earlier, council: before } = this.#episode;
    const council = await seatIfKnown(orders, this.#parts);
    if (council === null) return false;
    tellOf(orders, this.#parts);
    const aside = earlier.paused && !this.#pausedByOrder;
    await earlier.stop();
    this.#episode = this.#begin({ settings: orders.settings, council });
    if (aside) await this.#episode.loop.pause();
    await before.stop();
    return true;
  }

  async #obeyPause({ paused }: StandingOrders): Promise<void> {
    const { loop } = this.#episode;
    // A pause that is no order is ended by whoever asked for it.
    if (paused) await loop.pause();
    else if (this.#pausedByOrder) loop.resume();
    this.#pausedByOrder = paused;
  }

  #refuseUnlessFree(): void {
    if (this.#stopping.signal.aborted) throw new FarmhandError('NOT_READY', 'the autoscaler is stopping');
    if (this.#preparing) {
      throw new FarmhandError('CONFLICT', 'an episode is being prepared; try again when GET /status says running');
    }
    if (!this.leads) {
      throw new FarmhandError(
        'CONFLICT',
        "this autoscaler does not hold the farm's leader lease: another one does, or Redis does not answer or cannot write",
      );
    }
  }

  #begin({ settings, council }: { settings: EpisodeSettings; council: Council }): Episode {
    const { clock, log } = this.#parts;
    this.#parts.onStep?.(settings.stepDurationS);
    const timeoutMs = Math.min(settings.stepDurationS * SECOND, LONGEST_SAMPLE_MS);
    const monitor = new Monitor(
      { ...this.#parts, health: this.health },
      { windowMs: settings.observationWindowS * SECOND, timeoutMs },
    );
    const tally = new Tally();
    const { health, knowledge } = this;
    const executor = new Executor({ ...this.#parts, scaleDown: this.#scaleDown, health });
    const loop = new ControlLoop(
      {
        ...{ ...this.#parts, monitor, tally, executor, health, knowledge },
        deliberation: () => council.deliberation,
        announcer: this.#announcer,
      },
      settings,
    );
    loop.start();
    const policy = council.choice.live;
    log.info({ policy, settings }, `an episode of ${policy} starts, one step every ${settings.stepDurationS} s`);
    return { loop, tally, settings, council, since: clock.farmTime() };
  }
}

/** At the start nobody waits for them: who comes to lead asks again, and does not decide without an answer. */
async function readOrders({ orders, log }: AutoscalerParts): Promise<StandingOrders | null> {
  try {
    return (await orders?.read()) ?? null;
  } catch (thrown) {
    log.warn({ error: coerceError(thrown).message }, 'what was set through HTTP could not be read');
    return null;
  }
}

function tellOf({ settings, shadow, paused }: StandingOrders, { log }: AutoscalerParts): void {
  log.info({ policy: settings.policy, shadow, paused }, `goes on by the orders that hold: ${settings.policy} decides`);
}

/** Orders are not worth an autoscaler that does not start: a policy that is gone by now is left alone. */
async function seatIfKnown(orders: StandingOrders, parts: AutoscalerParts): Promise<Council | null> {
  try {
    return await Council.seatAnyhow(orders, parts);
  } catch (thrown) {
    const error = coerceError(thrown).message;
    parts.log.error({ error }, `the policy that was set through HTTP is gone: ${error}`);
    return null;
  }
}
