import type { FarmConfig } from '#shared/config.ts';
import type { Policy } from '#autoscaler/policy/policy.ts';
import { ask, type Answer } from '#autoscaler/shield/answer.ts';
import type { TrainedPopulation } from '#autoscaler/shield/drift/drift-watch.ts';
import { FarmShield } from '#autoscaler/shield/farm-shield.ts';
import type { GuardReading } from '#autoscaler/shield/guard-reading.ts';
import { makeSupervisor } from '#autoscaler/shield/make-supervisor.ts';
import type { ShieldRule } from '#autoscaler/shield/shield.ts';
import { findPolicy } from '#autoscaler/policy/catalogue.ts';
import type { ConfigEffect } from './effect.ts';

/** One step of a farm with tasks of 1 s each: the rate is the load in erlangs. */
interface Step {
  readonly rate: number;
  readonly workers?: number;
  readonly qos?: number;
  readonly wants?: number;
  readonly fails?: true;
}

const DAY_MS = 86_400_000;
const steps = (count: number, step: Step): Step[] => new Array<Step>(count).fill(step);
const range = (low: number, high: number) => ({ count: 1e6, low, high, edges: [(low + high) / 2], shares: [0.5, 0.5] });

/** Plays steps of 10 s; says what the shield made of the last one, and how the guard stands. */
function play(
  { shield: settings, control }: FarmConfig,
  played: readonly Step[],
  { model = true, trained = null }: { model?: boolean; trained?: TrainedPopulation | null } = {},
): { replicas: number; rules: ShieldRule[]; guard: GuardReading } {
  const supervisor = makeSupervisor({
    ...{ settings, safeName: control.safePolicy, at: 100 * DAY_MS },
    shield: new FarmShield({ ...control, ...settings }),
    model: model ? { trained, qos: 0.99, createdAt: 10 * DAY_MS } : null,
  });
  const safe: Answer = { kind: 'decided', decision: { kind: 'hold', because: 'safe' } };
  let last = { replicas: 0, rules: [] as ShieldRule[] };
  for (const [index, { rate, workers = 12, qos = 1, wants = workers, fails }] of [{ rate: 0 }, ...played].entries()) {
    const live: Answer = fails
      ? { kind: 'failed', fault: 'exception', because: 'told to' }
      : { kind: 'decided', decision: { kind: 'scale', replicas: wants, because: 'told to' } };
    const { verdict } = supervisor.rule(
      {
        ...{ workers, limit: null, draining: false },
        seen: {
          observation: [0, 0, 0, 100 * index, workers, 1, 1, rate, qos],
          info: {
            ...{ at: 100 * DAY_MS + index * 10_000, sampleAgeMs: 0, fresh: true, inFlight: 0, emitted: 0 },
            ...{ ready: workers, active: workers, oldestSlackMs: null, meanServiceS: 1 },
          },
        },
      },
      { live, safe },
    );
    last = { replicas: verdict.replicas, rules: verdict.corrections.map(({ rule }) => rule) };
  }
  return { ...last, guard: supervisor.reading };
}

/** At the first of these steps the safe policy is in charge; null: at none. */
function fallsBackAfter(config: FarmConfig, step: Step, trained: TrainedPopulation | null = null): number | null {
  for (let count = 1; count <= 200; count += 1) {
    if (play(config, [...steps(3, { rate: 3 }), ...steps(count, step)], { trained }).guard.active) return count;
  }
  return null;
}

/** Healthy steps until the policy is back, after each of its failures; null: it never is. */
function returnsAfter(config: FarmConfig, failures: number): (number | null)[] {
  const played: Step[] = [];
  return Array.from({ length: failures }, () => {
    played.push({ rate: 3, fails: true });
    for (let count = 1; count <= 300; count += 1) {
      played.push({ rate: 3 });
      if (!play(config, played).guard.active) return count;
    }
    return null;
  });
}

const wide = 'control: { maxScalingStep: 31 }';
const fell: Step[] = [...steps(4, { rate: 11 }), ...steps(4, { rate: 1 })];

export const shieldEffects: readonly ConfigEffect[] = [
  {
    key: 'control.safePolicy',
    to: 'static-9',
    shows: 'what the safe policy is called, and that a rule goes by that name',
    effect: ({ control }) => findPolicy(control.safePolicy, control).name,
    before: 'steady',
    after: 'static-9',
  },
  {
    key: 'shield.covers',
    to: 'all',
    shows: 'whether the queueing model judges a rule that wants 2 workers for 11 erl',
    effect: (config) => play(config, steps(2, { rate: 11, wants: 2 }), { model: false }).rules,
    before: ['step'],
    after: ['floor'],
  },
  {
    key: 'shield.floorSlack',
    to: 1,
    given: wide,
    shows: 'how far a model may scale in from 12 workers after 11 erl',
    effect: (config) => play(config, [...fell, { rate: 1, wants: 2 }]).replicas,
    before: 9,
    after: 11,
  },
  {
    key: 'shield.ceilingSlack',
    to: 0,
    given: wide,
    shows: 'how many workers a model may ask for at 3 erl, where 12 were found',
    effect: (config) => play(config, [...steps(4, { rate: 3 }), { rate: 3, wants: 30 }]).replicas,
    before: 17,
    after: 12,
  },
  {
    key: 'shield.memoryS',
    to: 30,
    given: wide,
    shows: 'how far it may scale in when 11 erl were 50 s ago',
    effect: (config) =>
      play(config, [...steps(4, { rate: 11 }), ...steps(8, { rate: 1 }), { rate: 1, wants: 2 }]).replicas,
    before: 9,
    after: 2,
  },
  {
    key: 'shield.cooldownSteps',
    to: 0,
    shows: 'whether a scale-in may follow a scale-up at once',
    effect: (config) => play(config, [...steps(4, { rate: 11 }), { rate: 11, workers: 15, wants: 14 }]).replicas,
    before: 15,
    after: 14,
  },
  {
    key: 'shield.decideWithinMs',
    to: 40,
    shows: 'whether an answer after 100 ms counts',
    effect: ({ shield }) => {
      const clock = { nowMs: 0 };
      const slow: Pick<Policy, 'decide'> = {
        decide: () => {
          clock.nowMs += 100;
          return { kind: 'hold', because: 'at leisure' };
        },
      };
      const seen = { observation: [0, 0, 0, 0, 1, 0, 0, 0, 1], info: {} } as unknown as Parameters<Policy['decide']>[0];
      return ask(slow, seen, { withinMs: shield.decideWithinMs, nowMs: () => clock.nowMs }).kind;
    },
    before: 'decided',
    after: 'failed',
  },
  {
    key: 'shield.strikes',
    to: 5,
    shows: 'after how many corrections the safe policy takes over',
    effect: (config) => fallsBackAfter(config, { rate: 3, wants: 1 }),
    before: 3,
    after: 5,
  },
  {
    key: 'shield.returnAfterSteps',
    to: 5,
    shows: 'healthy steps until a policy that failed once is back',
    effect: (config) => returnsAfter(config, 1),
    before: [30],
    after: [5],
  },
  {
    key: 'shield.mostReturns',
    to: 1,
    given: 'shield: { returnAfterSteps: 2 }',
    shows: 'how often it comes back, and after how many steps',
    effect: (config) => returnsAfter(config, 4),
    before: [2, 4, 8, null],
    after: [2, null, null, null],
  },
  {
    key: 'shield.modelMaxAgeDays',
    to: 30,
    shows: 'whether a model of 90 days is used',
    effect: (config) => play(config, [{ rate: 3 }]).guard.fault,
    before: null,
    after: 'stale',
  },
  {
    key: 'shield.driftTolerance',
    to: 1.5,
    shows: 'after how many steps twice the highest rate of training is drift',
    effect: (config) => fallsBackAfter(config, { rate: 8 }, { arrivalRate: range(3, 4) }),
    before: 117,
    after: 3,
  },
  {
    key: 'shield.driftWindowSteps',
    to: 40,
    shows: 'after how many steps another population is found, three of which were at 3 erl',
    effect: (config) => fallsBackAfter(config, { rate: 3.9 }, { arrivalRate: range(3, 4) }),
    before: 117,
    after: 37,
  },
  {
    key: 'shield.driftPsi',
    to: 100,
    shows: 'whether it is found at all',
    effect: (config) => fallsBackAfter(config, { rate: 3.9 }, { arrivalRate: range(3, 4) }),
    before: 117,
    after: null,
  },
  {
    key: 'shield.qosAllowance',
    to: 0.4,
    shows: 'after how many steps a QoS of 0.6, where 0.99 was promised, is too low',
    effect: (config) => fallsBackAfter(config, { rate: 3, qos: 0.6 }),
    before: 4,
    after: null,
  },
  {
    key: 'shield.qosLimit',
    to: 2,
    shows: 'the same, by the sum that is too much',
    effect: (config) => fallsBackAfter(config, { rate: 3, qos: 0.6 }),
    before: 4,
    after: 7,
  },
];
