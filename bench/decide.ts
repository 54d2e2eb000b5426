import { agentNames } from '#autoscaler/learn/agent-name.ts';
import { createLearner } from '#autoscaler/learn/agents.ts';
import type { Seen } from '#autoscaler/observation.ts';
import { findPolicy } from '#autoscaler/policy/catalogue.ts';
import type { Policy } from '#autoscaler/policy/policy.ts';
import { openSimulated } from '#autoscaler/run/environments.ts';
import { policyOptionsOf, scenarioFrom, type Scenario } from '#autoscaler/run/scenario.ts';
import type { Clock } from '#shared/clock.ts';
import type { FarmConfig } from '#shared/config.ts';
import { Sfc32 } from '#shared/rng.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { quantile } from './live/statistics.ts';

/** What `farmhand bench decide` prints. */
export interface DecideFigures {
  /** Of the slowest policy. */
  readonly p99Ms: number;
  /** By how much a decision comes later than its moment on the control loop's axis. */
  readonly jitterP99Ms: number;
  readonly policies: readonly { readonly policy: string; readonly p99Ms: number }[];
}

/** The rules with most to compute, beside every agent. */
const RULES = ['reactive-average', 'erlang-c', 'trend'];
const DECISIONS = 5_000;
const WARM_UP = 1_000;
const STEP_MS = 20;
const STEPS = 400;

/** Times decisions on what a simulated farm shows, and how punctually they come on an absolute axis. */
export async function benchDecide(options: {
  config: FarmConfig;
  clock: Clock;
  signal: AbortSignal;
  onStep: (sentence: string) => void;
}): Promise<DecideFigures> {
  const { config, clock, signal, onStep } = options;
  const scenario = scenarioFrom(config, {
    workload: findWorkload('reference', config),
    profile: 'reference',
    dispatch: 'fifo',
    actions: 'one',
    lateCost: null,
  });
  const sights = lookAround(scenario);
  const policies = await candidates(scenario, config);
  const timed: { policy: string; p99Ms: number }[] = [];
  for (const policy of policies) {
    onStep(`times ${policy.name}`);
    timed.push({ policy: policy.name, p99Ms: timeDecisions(policy, sights, clock) });
    signal.throwIfAborted();
  }
  onStep(`decides every ${STEP_MS} ms, ${STEPS} times`);
  const slowest = timed.reduce((worst, each, index) => (each.p99Ms > (timed[worst]?.p99Ms ?? 0) ? index : worst), 0);
  const jitterP99Ms = await measureJitter(policies[slowest], sights, { clock, signal });
  return { p99Ms: timed[slowest]?.p99Ms ?? 0, jitterP99Ms, policies: timed };
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

async function candidates(scenario: Scenario, { agents }: FarmConfig): Promise<Policy[]> {
  const { actions: name, minWorkers, maxWorkers } = scenario;
  const rules = RULES.map((rule) => findPolicy(rule, policyOptionsOf(scenario)));
  const learners = await Promise.all(
    agentNames.map((agent) =>
      createLearner(agent, { settings: agents, actions: { name, minWorkers, maxWorkers }, rng: new Sfc32(1) }),
    ),
  );
  return [...rules, ...learners];
}

function timeDecisions(policy: Policy, sights: readonly Seen[], clock: Clock): number {
  const times: number[] = [];
  for (let i = -WARM_UP; i < DECISIONS; i += 1) {
    const seen = sights[(i + WARM_UP) % sights.length];
    if (seen === undefined) continue;
    const startMs = clock.monotonic();
    policy.decide(seen);
    if (i >= 0) times.push(clock.monotonic() - startMs);
  }
  return quantile(times, 0.99);
}

/** Lateness of the finished decision, as the control loop would take it: due at start + k · step. */
async function measureJitter(
  policy: Policy | undefined,
  sights: readonly Seen[],
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<number> {
  const late: number[] = [];
  const startMs = clock.monotonic();
  for (let step = 1; step <= STEPS; step += 1) {
    const dueMs = startMs + step * STEP_MS;
    await clock.sleep(Math.max(0, dueMs - clock.monotonic()), signal);
    signal.throwIfAborted();
    const seen = sights[step % sights.length];
    if (seen !== undefined) policy?.decide(seen);
    late.push(clock.monotonic() - dueMs);
  }
  return quantile(late, 0.99);
}
