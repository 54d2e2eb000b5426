import type { Seen } from '../observation.ts';
import { serversForDelay } from '../policy/erlang.ts';
import { withinLimits } from './limits.ts';
import { LoadMemory } from '../policy/load-memory.ts';
import { applyRules, type NamedRule, type Rule } from './rule.ts';
import type { Shield, ShieldRequest, ShieldResult } from './shield.ts';

export interface ShieldSettings {
  readonly minWorkers: number;
  readonly maxWorkers: number;
  readonly maxScalingStep: number;
  readonly stepDurationS: number;
  /** Workers by which a policy may go below what the load seen needs, and above what it can use. */
  readonly floorSlack: number;
  readonly ceilingSlack: number;
  /** How long a load that was seen counts as one that may come back, s. */
  readonly memoryS: number;
  /** Steps after a scale-up without a scale-down. */
  readonly cooldownSteps: number;
}

/** What the queueing model judges by. */
interface Situation {
  readonly workers: number;
  readonly settings: ShieldSettings;
  readonly memory: LoadMemory;
  /** Looks since the last one that showed more workers than the one before, 0 for that one itself. */
  readonly sinceGrowth: number;
}

/** Steps that the rate of arrivals is averaged over: Poisson noise is calmed, and a phase is not missed. */
const RATE_STEPS = 3;

/** Share of arrivals that wait (Erlang C) from which a pool is too small, and below which one more worker is of no use. */
const NEARLY_ALL_WAIT = 0.8;
const NOBODY_WAITS = 0.001;

/**
 * The shield of docs/shield.md: first what is wise by the queueing model, for the policies that it covers, then what holds
 * for all (limits.ts), which has the last word.
 *
 * Example: 11 erl were seen and 3 arrive now, 12 workers, both slacks 3, step 1. With 12 workers four in five of 11 erl would
 * wait, with 24 one in a thousand. A policy that wants 3 is brought to 4 by `floor`, to 9 by `evidence` and to 11 by `step`;
 * one that wants 40 to 27 by `ceiling` and to 13 by `step` (test/autoscaler/shield/farm-shield.test.ts).
 */
export class FarmShield implements Shield {
  readonly #settings: ShieldSettings;
  readonly #memory: LoadMemory;
  #workers: number | null = null;
  #sinceGrowth = Infinity;

  constructor(settings: ShieldSettings) {
    this.#settings = settings;
    this.#memory = new LoadMemory({ memoryS: settings.memoryS, rateSteps: RATE_STEPS });
  }

  see(seen: Seen): void {
    this.#memory.see(seen);
    const workers = seen.observation[4];
    this.#sinceGrowth = this.#workers !== null && workers > this.#workers ? 0 : this.#sinceGrowth + 1;
    this.#workers = workers;
  }

  admit({ decision, workers, limit, draining, covered }: ShieldRequest): ShieldResult {
    const settings = this.#settings;
    const wanted = decision.kind === 'scale' ? decision.replicas : workers;
    const judged = covered
      ? applyRules(judgement, wanted, { workers, settings, memory: this.#memory, sinceGrowth: this.#sinceGrowth })
      : { replicas: wanted, corrections: [] };
    const limited = withinLimits(judged.replicas, { workers, bounds: settings, limit, draining });
    return { replicas: limited.replicas, corrections: [...judged.corrections, ...limited.corrections] };
  }
}

/** Never more workers than the load seen could use; those that are there may stay. */
const ceiling: Rule<Situation> = (wanted, { workers, settings, memory }) => {
  const { load, firstPool } = memory;
  if (load === null) return null;
  const { ceilingSlack, stepDurationS } = settings;
  const most =
    Math.max(servers(load.peak, NOBODY_WAITS, settings), firstPool) +
    Math.ceil(load.backlogS / stepDurationS) +
    ceilingSlack;
  const to = Math.max(most, workers);
  if (wanted <= to) return null;
  return {
    to,
    because: `${words(load.peak)} erl were the most seen, and more than ${most} workers have nothing to do`,
  };
};

/** Never fewer workers than the load of now keeps busy: with fewer the queue grows, or all but does. */
const floor: Rule<Situation> = (wanted, { settings, memory }) => {
  const { load } = memory;
  if (load === null) return null;
  const fewest = servers(load.now, NEARLY_ALL_WAIT, settings);
  if (wanted >= fewest) return null;
  return {
    to: fewest,
    because: `${words(load.now)} erl arrive: with fewer than ${fewest} workers nearly all of it waits`,
  };
};

/** A forecast alone takes no worker away: before a scale-in, no more than that must have been seen to be needed for a while. */
const evidence: Rule<Situation> = (wanted, { workers, settings, memory }) => {
  const { load, firstPool } = memory;
  const { floorSlack, memoryS } = settings;
  const needed = Math.max(load === null ? 0 : servers(load.peak, NEARLY_ALL_WAIT, settings), firstPool);
  const fewest = Math.min(workers, needed - floorSlack);
  if (wanted >= fewest) return null;
  const why =
    load !== null && needed > firstPool
      ? `${words(load.peak)} erl were seen in the last ${memoryS} s`
      : `the first ${memoryS} s have not yet shown that the ${firstPool} workers found are too many`;
  return { to: fewest, because: `${why}: no scale-in below ${fewest}` };
};

const cooldown: Rule<Situation> = (wanted, { workers, settings: { cooldownSteps }, sinceGrowth }) =>
  wanted < workers && sinceGrowth < cooldownSteps
    ? { to: workers, because: `the workers have only just grown: no scale-in for ${cooldownSteps} steps` }
    : null;

const judgement: readonly NamedRule<Situation>[] = [
  ['ceiling', ceiling],
  ['floor', floor],
  ['evidence', evidence],
  ['cooldown', cooldown],
];

/** Fewest servers at which at most `share` of the arrivals wait. More than the most workers allowed needs no search. */
function servers(load: number, share: number, { maxWorkers }: ShieldSettings): number {
  return load >= maxWorkers ? maxWorkers : Math.min(maxWorkers, serversForDelay(load, share));
}

function words(load: number): string {
  return load.toFixed(1);
}
