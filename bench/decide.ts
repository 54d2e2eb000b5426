import { Worker } from 'node:worker_threads';
import type { Redis } from 'ioredis';
import { agentNames } from '#autoscaler/learn/agent-name.ts';
import { createLearner } from '#autoscaler/learn/agents.ts';
import { LocalAdviser, type Adviser } from '#autoscaler/loop/adviser.ts';
import { Deliberation } from '#autoscaler/loop/deliberation.ts';
import { ThreadAdviser } from '#autoscaler/loop/thread-adviser.ts';
import { asShelfPolicy } from '#autoscaler/model-store/policy-shelf.ts';
import { observe, type Seen } from '#autoscaler/observation.ts';
import { findPolicy } from '#autoscaler/policy/catalogue.ts';
import { openSimulated } from '#autoscaler/run/environments.ts';
import { policyOptionsOf, scenarioFrom, type Scenario } from '#autoscaler/run/scenario.ts';
import { FarmShield } from '#autoscaler/shield/farm-shield.ts';
import { makeSupervisor } from '#autoscaler/shield/make-supervisor.ts';
import { SECOND, type Clock } from '#shared/clock.ts';
import type { Environment, FarmConfig } from '#shared/config.ts';
import { silentLogger } from '#shared/log.ts';
import { openRedisFarm } from '#shared/queue/redis-farm.ts';
import type { QueueObserver } from '#shared/queue/observe.ts';
import { connectRedis } from '#shared/redis.ts';
import { Sfc32 } from '#shared/rng.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import type { TrainForeverData } from './decide/train-forever.ts';
import { quantile } from './live/statistics.ts';
import { openBenchRedis } from './queue/bench-redis.ts';

/** What `farmhand bench decide` prints. Times are of one step: the queue is read from Redis, policies decide, the shield rules. */
export interface DecideFigures {
  /** Of the slowest policy. */
  readonly p99Ms: number;
  /** By how much a step's end comes later than its moment on the control loop's axis while a training runs beside it. */
  readonly jitterP99Ms: number;
  /** The same without the training. */
  readonly jitterAloneP99Ms: number;
  readonly policies: readonly StepFigures[];
}

/** Of one live policy. */
export interface StepFigures {
  readonly policy: string;
  readonly p99Ms: number;
  readonly medianMs: number;
  /** Its two parts: the queue is read and looked at; live and safe policy answer, guard and shield rule. */
  readonly observeP99Ms: number;
  readonly decideP99Ms: number;
  /** A bare PING to the same Redis after each step: what a wait costs here, whoever waits. */
  readonly pingP99Ms: number;
}

/** How long the parts of one step took, ms. */
interface StepTimes {
  readonly observeMs: number;
  readonly decideMs: number;
}

export interface DecideOptions {
  readonly root: string;
  readonly environment: Environment;
  readonly config: FarmConfig;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onStep: (sentence: string) => void;
}

/** The rules with most to compute, beside every agent. */
const RULES = ['reactive-average', 'erlang-c', 'trend'];
const DECISIONS = 5_000;
const WARM_UP = 1_000;
const STEP_MS = 20;
const STEPS = 500;
/** A training that has just begun compiles; what it costs later is what counts. */
const TRAINING_STARTS_MS = 2 * SECOND;

/** Times steps of the control loop without its gateway, on a Redis of their own, and how punctually they come. */
export async function benchDecide(options: DecideOptions): Promise<DecideFigures> {
  const { config, clock, signal, onStep } = options;
  const scenario = scenarioFrom(config, {
    workload: findWorkload('reference', config),
    profile: 'reference',
    dispatch: 'fifo',
    actions: 'one',
    lateCost: null,
  });
  const server = await openBenchRedis(options);
  const redis = await connectRedis({ url: server.url, log: silentLogger });
  const advisers: Adviser[] = [];
  try {
    const { observer } = openRedisFarm({ redis, config, client: 'bench' });
    const sights = lookAround(scenario);
    advisers.push(...(await candidates(scenario, options)));
    const step = (live: Adviser): (() => Promise<StepTimes>) =>
      controlStep({ live, sights, observer, scenario, options });
    const timed: StepFigures[] = [];
    for (const live of advisers) {
      onStep(`times ${live.name}`);
      timed.push({ policy: live.name, ...(await timeSteps(step(live), { ...options, redis })) });
    }
    const slowest = timed.reduce((worst, each) => (each.p99Ms > worst.p99Ms ? each : worst));
    const dqn = advisers.find(({ name }) => name === 'dqn');
    if (dqn === undefined) throw new Error('there is no dqn to time');
    onStep(`steps every ${STEP_MS} ms, ${STEPS} times`);
    const jitterAloneP99Ms = await lateness(step(dqn), options);
    onStep('the same while a training runs');
    const training = startTraining(scenario, config);
    try {
      await clock.sleep(TRAINING_STARTS_MS, signal);
      const jitterP99Ms = await lateness(step(dqn), options);
      return { p99Ms: slowest.p99Ms, jitterP99Ms, jitterAloneP99Ms, policies: timed };
    } finally {
      await training.terminate();
    }
  } finally {
    await Promise.all(advisers.map((adviser) => adviser.stop()));
    redis.disconnect();
    await server.close();
  }
}

/** What there is to see in an episode in which the workers go up and down. */
function lookAround(scenario: Scenario): Seen[] {
  const environment = openSimulated(scenario);
  const rng = new Sfc32('sights');
  const sights: Seen[] = [environment.reset({ seed: 1 })];
  for (let over = false; !over;) {
    const result = environment.step(rng.int(environment.actions.size));
    sights.push(result);
    over = result.terminated || result.truncated;
  }
  return sights;
}

/** As the control loop runs them: rules in this thread, agents in threads of their own. */
async function candidates(scenario: Scenario, { config, clock }: DecideOptions): Promise<Adviser[]> {
  const { actions: name, minWorkers, maxWorkers } = scenario;
  const withinMs = config.shield.decideWithinMs;
  const rules = RULES.map(
    (rule) => new LocalAdviser(asShelfPolicy(findPolicy(rule, policyOptionsOf(scenario))), { clock, withinMs }),
  );
  const agents: Adviser[] = [];
  for (const agent of agentNames) {
    const learner = await createLearner(agent, {
      settings: config.agents,
      actions: { name, minWorkers, maxWorkers },
      rng: new Sfc32(1),
    });
    const model = learner.save({ resumable: false });
    agents.push(await ThreadAdviser.start({ name: agent, id: null, model, withinMs, clock, log: silentLogger }));
  }
  return [...rules, ...agents];
}

/** One step after the other: Redis is really read; what policies see is a simulated episode's, in which there is something to see. */
function controlStep(parts: {
  live: Adviser;
  sights: readonly Seen[];
  observer: QueueObserver;
  scenario: Scenario;
  options: DecideOptions;
}): () => Promise<StepTimes> {
  const { live, sights, observer, scenario, options } = parts;
  const { config, clock } = options;
  const { stepDurationS, observationWindowS } = scenario.workload.control;
  const { shield: settings, control } = config;
  const safePolicy = findPolicy(control.safePolicy, policyOptionsOf(scenario));
  const safe = new LocalAdviser(asShelfPolicy(safePolicy), { clock, withinMs: settings.decideWithinMs });
  const supervisor = makeSupervisor({
    ...{ settings, safeName: safe.name, at: clock.farmTime() },
    shield: new FarmShield({ ...control, ...settings, stepDurationS }),
    model: { trained: null, qos: null, createdAt: null },
  });
  const deliberation = new Deliberation({ live, safe, shadow: null, supervisor, clock });
  const replicas = { granted: 12, ready: 12, active: 12 };
  let at = 0;
  return async () => {
    const startMs = clock.monotonic();
    const reading = await observer.read(observationWindowS * SECOND);
    observe({ reading, replicas, previous: null, baseline: reading.totals, sampleAgeMs: 0 });
    const seen = sights[at++ % sights.length];
    if (seen === undefined) throw new RangeError('there is nothing to see');
    const observeMs = clock.monotonic() - startMs;
    const moment = { seen, workers: seen.observation[4], limit: null, draining: false };
    const { tookMs: decideMs } = await deliberation.decide(moment);
    return { observeMs, decideMs };
  };
}

async function timeSteps(
  step: () => Promise<StepTimes>,
  { clock, signal, redis }: Pick<DecideOptions, 'clock' | 'signal'> & { redis: Pick<Redis, 'ping'> },
): Promise<Omit<StepFigures, 'policy'>> {
  const times: StepTimes[] = [];
  const pings: number[] = [];
  for (let i = -WARM_UP; i < DECISIONS; i += 1) {
    const took = await step();
    const startMs = clock.monotonic();
    await redis.ping();
    if (i >= 0) {
      times.push(took);
      pings.push(clock.monotonic() - startMs);
    }
    signal.throwIfAborted();
  }
  const observed = times.map(({ observeMs }) => observeMs);
  const decided = times.map(({ decideMs }) => decideMs);
  const whole = times.map(({ observeMs, decideMs }) => observeMs + decideMs);
  return {
    p99Ms: quantile(whole, 0.99),
    medianMs: quantile(whole, 0.5),
    observeP99Ms: quantile(observed, 0.99),
    decideP99Ms: quantile(decided, 0.99),
    pingP99Ms: quantile(pings, 0.99),
  };
}

/** p99 of how late a step ends, as the control loop would take it: due at start + k · step. */
async function lateness(step: () => Promise<unknown>, { clock, signal }: DecideOptions): Promise<number> {
  const late: number[] = [];
  const startMs = clock.monotonic();
  for (let k = 1; k <= STEPS; k += 1) {
    const dueMs = startMs + k * STEP_MS;
    await clock.sleep(Math.max(0, dueMs - clock.monotonic()), signal);
    signal.throwIfAborted();
    await step();
    late.push(clock.monotonic() - dueMs);
  }
  return quantile(late, 0.99);
}

function startTraining(scenario: Scenario, { agents: settings }: FarmConfig): Worker {
  const workerData: TrainForeverData = { scenario, settings };
  return new Worker(new URL('./decide/train-forever.ts', import.meta.url), { workerData });
}
