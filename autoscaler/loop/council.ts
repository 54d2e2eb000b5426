import { SECOND } from '#shared/clock.ts';
import type { FarmConfig } from '#shared/config-schema.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import { FarmShield } from '../shield/farm-shield.ts';
import { makeSupervisor } from '../shield/make-supervisor.ts';
import type { Shield } from '../shield/shield.ts';
import { AbsentAdviser, type Adviser } from './adviser.ts';
import { appoint, appointSafe, type Appointed, type AppointParts } from './appoint.ts';
import { Deliberation } from './deliberation.ts';
import type { EpisodeSettings } from './settings.ts';
import type { StandingOrders } from './standing-orders.ts';

export interface CouncilParts extends Omit<AppointParts, 'withinMs'> {
  readonly shield: FarmConfig['shield'];
}

/** Who is to decide. `shadow`: null: nobody beside the live one. */
export interface PolicyChoice {
  readonly live: string;
  readonly shadow: string | null;
}

/**
 * The policies of one episode: the live one, the safe one and the shadow. The shield and the safe policy are the episode's
 * and go on when the live one is replaced; its guard is new.
 */
export class Council {
  readonly #parts: CouncilParts;
  readonly #settings: EpisodeSettings;
  readonly #shield: Shield;
  #deliberation: Deliberation;
  #asked: PolicyChoice;

  /** @throws UNKNOWN_POLICY, MODEL_INVALID */
  static async seat(choice: PolicyChoice, settings: EpisodeSettings, parts: CouncilParts): Promise<Council> {
    const appointing = { ...parts, withinMs: deadlineMs(settings, parts) };
    const safe = await appointSafe(settings, appointing);
    const live = await appoint(choice.live, settings, appointing);
    try {
      const shadow = choice.shadow === null ? null : await appointShadow(choice.shadow, settings, appointing);
      return new Council(parts, settings, { asked: choice, live, safe, shadow });
    } catch (thrown) {
      await live.adviser.stop();
      throw thrown;
    }
  }

  /**
   * The same for a process that starts or succeeds another and must not fail: a model that cannot be loaded leaves the safe
   * policy in charge, and a shadow that cannot is left out.
   * @throws UNKNOWN_POLICY: a name that means nothing is a mistake to be seen at once
   */
  static async seatAnyhow(
    { settings, shadow }: Pick<StandingOrders, 'settings' | 'shadow'>,
    parts: CouncilParts,
  ): Promise<Council> {
    try {
      return await Council.seat({ live: settings.policy, shadow }, settings, parts);
    } catch (thrown) {
      if (shadow !== null) {
        parts.log.error(
          { shadow, error: coerceError(thrown).message },
          `${shadow} goes on without its place in shadow`,
        );
        return Council.seatAnyhow({ settings, shadow: null }, parts);
      }
      if (thrown instanceof FarmhandError && thrown.code === 'UNKNOWN_POLICY') throw thrown;
      const because = `${settings.policy} could not be loaded: ${coerceError(thrown).message}`;
      parts.log.error({ policy: settings.policy, safe: settings.safePolicy }, because);
      const safe = await appointSafe(settings, { ...parts, withinMs: deadlineMs(settings, parts) });
      const live = { adviser: new AbsentAdviser(settings.policy, because), model: null };
      return new Council(parts, settings, { asked: { live: settings.policy, shadow }, live, safe, shadow: null });
    }
  }

  private constructor(
    parts: CouncilParts,
    settings: EpisodeSettings,
    seats: { asked: PolicyChoice; live: Appointed; safe: Adviser; shadow: Appointed | null },
  ) {
    this.#parts = parts;
    this.#settings = settings;
    this.#shield = new FarmShield({ ...settings, ...parts.shield });
    this.#asked = seats.asked;
    this.#deliberation = this.#deliberate(seats);
  }

  get deliberation(): Deliberation {
    return this.#deliberation;
  }

  /** By the names that were given: `best`, where `choice` has what that stands for. */
  get asked(): PolicyChoice {
    return this.#asked;
  }

  get choice(): PolicyChoice {
    const { live, shadow } = this.#deliberation;
    return { live: live.name, shadow: shadow?.name ?? null };
  }

  /** Between two steps; what is left out stays. @throws UNKNOWN_POLICY, MODEL_INVALID: then nothing has changed */
  async change(choice: Partial<PolicyChoice>): Promise<void> {
    const appointing = { ...this.#parts, withinMs: deadlineMs(this.#settings, this.#parts) };
    const live = choice.live === undefined ? null : await appoint(choice.live, this.#settings, appointing);
    let shadow: Appointed | null = null;
    try {
      if (choice.shadow != null) shadow = await appointShadow(choice.shadow, this.#settings, appointing);
    } catch (thrown) {
      await live?.adviser.stop();
      throw thrown;
    }
    this.#asked = {
      live: choice.live ?? this.#asked.live,
      shadow: choice.shadow === undefined ? this.#asked.shadow : choice.shadow,
    };
    const before = this.#deliberation;
    const nextShadow = choice.shadow === undefined ? before.shadow : (shadow?.adviser ?? null);
    this.#deliberation =
      live === null
        ? before.withShadow(nextShadow)
        : this.#deliberate({ live, safe: before.safe, shadow: nextShadow === null ? null : { adviser: nextShadow } });
    if (live !== null) await before.live.stop();
    if (choice.shadow !== undefined) await before.shadow?.stop();
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    const { live, shadow } = this.#deliberation;
    await Promise.all([live.stop(), shadow?.stop()]);
  }

  #deliberate(seats: { live: Appointed; safe: Adviser; shadow: Pick<Appointed, 'adviser'> | null }): Deliberation {
    const { shield: settings, clock } = this.#parts;
    const supervisor = makeSupervisor({
      settings,
      shield: this.#shield,
      safeName: seats.safe.name,
      model: seats.live.model,
      at: clock.farmTime(),
    });
    const shadow = seats.shadow?.adviser ?? null;
    return new Deliberation({ live: seats.live.adviser, safe: seats.safe, shadow, supervisor, clock });
  }
}

/** What never acts sees no consequences of its own: it does not learn on. */
function appointShadow(name: string, settings: EpisodeSettings, parts: AppointParts): Promise<Appointed> {
  return appoint(name, settings, { ...parts, learning: undefined });
}

/** A policy that takes as long as it may still leaves half of the step to what follows. */
function deadlineMs({ stepDurationS }: EpisodeSettings, { shield }: CouncilParts): number {
  return Math.min(shield.decideWithinMs, (stepDurationS * SECOND) / 2);
}
