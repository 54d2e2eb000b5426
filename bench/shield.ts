import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Environment } from '#autoscaler/env/environment.ts';
import { findPolicy } from '#autoscaler/policy/catalogue.ts';
import type { Policy } from '#autoscaler/policy/policy.ts';
import { openSimulated } from '#autoscaler/run/environments.ts';
import { findContender } from '#autoscaler/run/play/find-contender.ts';
import { playEpisode } from '#autoscaler/run/rollout.ts';
import { policyOptionsOf, scenarioFrom, type Scenario } from '#autoscaler/run/scenario.ts';
import { heldOutSeed } from '#autoscaler/run/seeds.ts';
import { FarmShield } from '#autoscaler/shield/farm-shield.ts';
import { faultyNames, faultyPolicy } from '#autoscaler/shield/faulty-policies.ts';
import { makeSupervisor, type ModelFacts } from '#autoscaler/shield/make-supervisor.ts';
import { ShieldedPolicy } from '#autoscaler/shield/shielded-policy.ts';
import { trainedPopulation } from '#autoscaler/shield/drift/trained-population.ts';
import type { FarmConfig } from '#shared/config.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { mean } from './live/statistics.ts';

/** What `farmhand bench shield` prints: means over the seeds. QoS are shares; differences are percentage points. */
export interface ShieldFigures {
  readonly workload: string;
  readonly seeds: number;
  readonly safe: string;
  /** Policies that fail, behind the shield, against the safe policy alone. */
  readonly rows: readonly FaultyRow[];
  /** Shipped models, behind the shield against alone: what it costs those that do not fail. */
  readonly models: readonly ModelRow[];
}

export interface FaultyRow {
  readonly policy: string;
  readonly qos: number;
  readonly safeQos: number;
  readonly difference: number;
  readonly workers: number;
  readonly safeWorkers: number;
  /** Steps from the first one of a run of faulty ones until the safe policy decides, that one included: the most of all seeds. */
  readonly stepsToFallback: number | null;
  /** Share of episodes in which it took over. */
  readonly takenOver: number;
}

export interface ModelRow {
  readonly policy: string;
  readonly qos: number;
  readonly aloneQos: number;
  readonly difference: number;
  readonly workers: number;
  readonly aloneWorkers: number;
  readonly takenOver: number;
}

export interface ShieldBenchOptions {
  readonly root: string;
  readonly config: FarmConfig;
  readonly signal: AbortSignal;
  readonly onStep: (sentence: string) => void;
  /** 200 where nobody says. */
  readonly seeds?: number;
  /** `reference` where nobody says. */
  readonly workload?: string;
}

const WORKLOAD = 'reference';
const SEEDS = 200;
const MODELS = ['sarsa', 'dqn', 'cem', 'cem-reference', 'cem-clockless'];
/** A hang is a minute on the guard's clock: in virtual time nobody waits. */
const HANG_MS = 60_000;
/** A faulty policy is taken for a model that promised much and was made for this very load: nothing but its faults tells. */
const PROMISED_QOS = 0.99;

/** Plays policies that fail, and those that ship, through guard and shield in the simulator. */
export async function benchShield(options: ShieldBenchOptions): Promise<ShieldFigures> {
  const { config, onStep, seeds = SEEDS, workload = WORKLOAD } = options;
  const scenario = scenarioFrom(config, {
    workload: findWorkload(workload, config),
    profile: 'reference',
    dispatch: 'fifo',
    actions: 'one',
    lateCost: null,
  });
  const stage = new Stage(scenario, { ...options, seeds });
  const { safePolicy } = config.control;
  onStep(`${safePolicy} alone`);
  const safe = await stage.play(() => findPolicy(safePolicy, policyOptionsOf(scenario)));
  const facts: ModelFacts = { trained: trainedPopulation(scenario.workload), qos: PROMISED_QOS, createdAt: null };

  const rows: FaultyRow[] = [];
  for (const name of faultyNames) {
    onStep(name);
    const clock = { nowMs: 0 };
    const hang = (): void => void (clock.nowMs += HANG_MS);
    const watched: WatchedPolicy[] = [];
    const played = await stage.play(() => {
      const policy = new WatchedPolicy(stage.shielded(faultyPolicy(name, { hang }), facts, () => clock.nowMs));
      watched.push(policy);
      return policy;
    });
    const steps = watched.flatMap(({ stepsToFallback }) => (stepsToFallback === null ? [] : [stepsToFallback]));
    rows.push({
      policy: name,
      qos: played.qos,
      safeQos: safe.qos,
      difference: 100 * (played.qos - safe.qos),
      workers: played.workers,
      safeWorkers: safe.workers,
      stepsToFallback: steps.length === 0 ? null : Math.max(...steps),
      takenOver: steps.length / seeds,
    });
  }
  const models: ModelRow[] = [];
  for (const name of MODELS) {
    onStep(name);
    models.push(await stage.compareModel(name, join(options.root, 'models')));
  }
  return { workload, seeds, safe: safePolicy, rows, models };
}

interface Played {
  readonly qos: number;
  readonly workers: number;
}

/** One simulated farm on which all policies play the same seeds. */
class Stage {
  readonly #scenario: Scenario;
  readonly #options: ShieldBenchOptions & { readonly seeds: number };
  readonly #environment: Environment;

  constructor(scenario: Scenario, options: ShieldBenchOptions & { readonly seeds: number }) {
    this.#scenario = scenario;
    this.#options = options;
    this.#environment = openSimulated(scenario);
  }

  async play(policyFor: () => Policy): Promise<Played> {
    const { seeds, config, signal } = this.#options;
    const qos: number[] = [];
    const workers: number[] = [];
    for (let index = 0; index < seeds; index += 1) {
      const seed = heldOutSeed(config.workload.seed, index);
      const { summary } = await playEpisode({ environment: this.#environment, policy: policyFor(), seed });
      qos.push(summary.qos);
      workers.push(summary.workers.mean);
      await setImmediate();
      signal.throwIfAborted();
    }
    return { qos: mean(qos), workers: mean(workers) };
  }

  shielded(live: Policy, model: ModelFacts, nowMs: () => number): ShieldedPolicy {
    const { shield: settings, control } = this.#options.config;
    const { stepDurationS } = this.#scenario.workload.control;
    return new ShieldedPolicy({
      live,
      safe: findPolicy(control.safePolicy, policyOptionsOf(this.#scenario)),
      supervisor: makeSupervisor({
        ...{ settings, model, safeName: control.safePolicy, at: 0 },
        shield: new FarmShield({ ...control, ...settings, stepDurationS }),
      }),
      deadline: { withinMs: settings.decideWithinMs, nowMs },
    });
  }

  async compareModel(name: string, modelsFolder: string): Promise<ModelRow> {
    const { config, seeds } = this.#options;
    const contender = await findContender(name, { scenario: this.#scenario, modelsFolder });
    const policy = await contender.policyFor(0);
    const alone = await this.play(() => policy);
    const trainedOn = findWorkload(contender.trainedOn ?? WORKLOAD, config);
    const facts: ModelFacts = { trained: trainedPopulation(trainedOn), qos: PROMISED_QOS, createdAt: null };
    const made: ShieldedPolicy[] = [];
    const behind = await this.play(() => {
      const shielded = this.shielded(policy, facts, () => 0);
      made.push(shielded);
      return shielded;
    });
    return {
      policy: name,
      qos: behind.qos,
      aloneQos: alone.qos,
      difference: 100 * (behind.qos - alone.qos),
      workers: behind.workers,
      aloneWorkers: alone.workers,
      takenOver: made.filter(({ reading }) => reading.switches > 0).length / seeds,
    };
  }
}

/** Counts how long a fault goes on before the safe policy decides. */
class WatchedPolicy implements Policy {
  readonly name: string;
  readonly usesClock = false;
  readonly #shielded: ShieldedPolicy;
  #faulty = 0;
  /** Null: it never took over. */
  stepsToFallback: number | null = null;

  constructor(shielded: ShieldedPolicy) {
    this.name = shielded.name;
    this.#shielded = shielded;
  }

  decide(seen: Parameters<Policy['decide']>[0]): ReturnType<Policy['decide']> {
    const decision = this.#shielded.decide(seen);
    const { active, strikes } = this.#shielded.reading;
    this.#faulty = active || strikes > 0 ? this.#faulty + 1 : 0;
    if (active) this.stepsToFallback ??= this.#faulty;
    return decision;
  }
}
