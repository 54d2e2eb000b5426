import type { EpisodeSettings } from './settings.ts';

/**
 * Who decides, how, and whether at all: farm.yml's `control`, or what was set in its place through HTTP. It outlives the process
 * that was told: a successor goes on by it.
 */
export interface StandingOrders {
  /** Of the episode; `policy` is the live policy's name. */
  readonly settings: EpisodeSettings;
  /** Name of the policy in shadow; null: none. */
  readonly shadow: string | null;
  readonly paused: boolean;
}

/** Where orders are kept that differ from farm.yml's. */
export interface OrderBook {
  /** Null: nothing was set, or farm.yml has changed since. */
  read(): Promise<StandingOrders | null>;
  /** Null: farm.yml's hold again. @throws CONFLICT where this process leads no more: its successor's hold */
  write(orders: StandingOrders | null): Promise<void>;
}

/** What farm.yml says. */
export function ordersOf(settings: EpisodeSettings): StandingOrders {
  return { settings, shadow: null, paused: false };
}

/** Whether one and the same episode follows from both: whether it is paused is none of its matters. */
export function sameEpisode(a: StandingOrders, b: StandingOrders): boolean {
  return a.shadow === b.shadow && a.settings.policy === b.settings.policy && sameButPolicies(a, b);
}

/** Whether an episode goes on from one to the other: policies are replaced between two steps, all else is the episode's own. */
export function sameButPolicies(a: StandingOrders, b: StandingOrders): boolean {
  const keys = Object.keys(a.settings) as (keyof EpisodeSettings)[];
  return keys.every((key) => key === 'policy' || a.settings[key] === b.settings[key]);
}
