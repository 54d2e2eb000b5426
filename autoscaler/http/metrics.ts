import { Counter, Histogram, type Registry } from 'prom-client';
import { SECOND, type Clock } from '#shared/clock.ts';
import { counterAtScrape, gaugeAtScrape } from '#shared/metrics-at-scrape.ts';
import type { Autoscaler } from '../loop/autoscaler.ts';
import type { Decision } from '../loop/decision.ts';
import { runStates } from '../run/service/run-record.ts';
import type { RunService } from '../run/service/run-service.ts';

export interface MeteredParts {
  readonly autoscaler: Autoscaler;
  readonly clock: Clock;
  readonly runs: Pick<RunService, 'list'>;
}

const PARTS = ['queue', 'gateway', 'policy', 'journal'] as const;

/** From a tenth of a millisecond (a decision) to a step that hangs on its gateway. */
const STEP_BUCKETS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** Adds the autoscaler's figures to the process's registry; docs/metrics.md lists them all. */
export function addMetrics(registry: Registry, parts: MeteredParts): void {
  addFarm(registry, parts);
  addWorkers(registry, parts);
  addHealth(registry, parts);
  addDecisions(registry, parts);
  addRuns(registry, parts);
}

function addRuns(registry: Registry, { runs }: MeteredParts): void {
  gaugeAtScrape(registry, {
    name: 'farmhand_autoscaler_runs',
    help: 'Trainings, evaluations and comparisons that are kept, by state.',
    label: 'state',
    async read() {
      const kept = await runs.list();
      return Object.fromEntries(runStates.map((state) => [state, kept.filter((run) => run.state === state).length]));
    },
  });
}

/** What the last look showed. */
function addFarm(registry: Registry, { autoscaler, clock }: MeteredParts): void {
  const { knowledge } = autoscaler;
  const startedMs = clock.monotonic();
  let seenMs: number | null = null;
  autoscaler.subscribe(({ kind }) => {
    if (kind === 'observation') seenMs = clock.monotonic();
  });
  gaugeAtScrape(registry, {
    name: 'farmhand_autoscaler_observation_age_seconds',
    help: 'Time since the farm was last seen, in seconds; before the first look, since the start of the process.',
    read: () => (clock.monotonic() - (seenMs ?? startedMs)) / SECOND,
  });
  gaugeAtScrape(registry, {
    name: 'farmhand_queue_length',
    help: 'Tasks by where they are: input (phases there count as one each), waiting, in_flight, result, dead_letters.',
    label: 'queue',
    read() {
      const reading = knowledge.lastSeen?.reading;
      if (reading === undefined) return null;
      const { input, waiting, inFlight, result, deadLetters } = reading;
      return { input, waiting, in_flight: inFlight, result, dead_letters: deadLetters };
    },
  });
  counterAtScrape(registry, {
    name: 'farmhand_queue_tasks_total',
    help: 'What happened to tasks since the farm was made: submitted, emitted, claimed, finished, collected, met (its deadline), dead, reclaimed, released, fenced, duplicates.',
    label: 'event',
    read: () => (knowledge.lastSeen === null ? null : { ...knowledge.lastSeen.reading.totals }),
  });
  gaugeAtScrape(registry, {
    name: 'farmhand_autoscaler_sojourn_seconds',
    help: 'Time from generation to collection over the observation window, in seconds: its mean and its maximum.',
    label: 'statistic',
    read() {
      const observation = knowledge.lastSeen?.sighting.observation;
      return observation === undefined ? null : { mean: observation[5], max: observation[6] };
    },
  });
  gaugeAtScrape(registry, {
    name: 'farmhand_autoscaler_arrivals_per_second',
    help: 'Tasks emitted per second between the last two looks.',
    read: () => knowledge.lastSeen?.sighting.observation[7] ?? null,
  });
  gaugeAtScrape(registry, {
    name: 'farmhand_autoscaler_qos_ratio',
    help: "Share of the observation window's tasks that met their deadline, 0 to 1.",
    read: () => knowledge.lastSeen?.sighting.observation[8] ?? null,
  });
}

function addWorkers(registry: Registry, { autoscaler }: MeteredParts): void {
  const replicas = () => autoscaler.knowledge.lastSeen?.replicas ?? null;
  gaugeAtScrape(registry, {
    name: 'farmhand_autoscaler_workers',
    help: 'Worker replicas: desired (asked for), granted by the platform, ready, and active (starting and draining ones included).',
    label: 'state',
    read() {
      const seen = replicas();
      if (seen === null) return null;
      const { desired, granted, ready, active } = seen;
      return { desired, granted, ready, active };
    },
  });
  gaugeAtScrape(registry, {
    name: 'farmhand_autoscaler_replicas_clamped',
    help: '1 while the platform grants fewer replicas than were asked for, or was seen to within the last minute.',
    read() {
      const seen = replicas();
      return seen === null ? null : seen.limit !== null || seen.granted < seen.desired ? 1 : 0;
    },
  });
}

/** Whether it does its work. */
function addHealth(registry: Registry, { autoscaler }: MeteredParts): void {
  const gauge = (name: string, help: string, read: () => number): void =>
    gaugeAtScrape(registry, { name: `farmhand_autoscaler_${name}`, help, read });
  gauge('leads', '1 while this process decides, 0 while it only watches.', () => (autoscaler.leads ? 1 : 0));
  gauge('paused', '1 while it was told to change nothing.', () => (autoscaler.state === 'paused' ? 1 : 0));
  gauge(
    'step_duration_seconds',
    'Time from one decision to the next, as configured, in seconds.',
    () => autoscaler.episode.settings.stepDurationS,
  );
  gauge('fallback_active', '1 while the safe policy decides in place of the live one.', () =>
    autoscaler.policy.fallback.active ? 1 : 0,
  );
  counterAtScrape(registry, {
    name: 'farmhand_autoscaler_guard_switches_total',
    help: 'Times that the safe policy took over (to safe) and that the live one came back (to live).',
    label: 'to',
    read: () => ({ safe: autoscaler.policy.fallback.switches, live: autoscaler.policy.fallback.returns }),
  });
  gaugeAtScrape(registry, {
    name: 'farmhand_autoscaler_problem',
    help: '1 while that part does not work: queue (Redis), gateway, policy, journal (the record of decisions).',
    label: 'part',
    read() {
      const problems = autoscaler.health.problems();
      return Object.fromEntries(PARTS.map((part) => [part, part in problems ? 1 : 0]));
    },
  });
}

function addDecisions(registry: Registry, { autoscaler }: MeteredParts): void {
  const registers = [registry];
  counterAtScrape(registry, {
    name: 'farmhand_autoscaler_decisions_total',
    help: 'Decisions that have ended, by outcome (docs/control-loop.md).',
    label: 'outcome',
    read: () => ({ ...autoscaler.knowledge.outcomes }),
  });
  const verdicts = new Counter({
    name: 'farmhand_autoscaler_verdicts_total',
    help: "The shield's verdicts on decisions: admitted, corrected, replaced, held.",
    labelNames: ['verdict'],
    registers,
  });
  const drained = new Counter({
    name: 'farmhand_autoscaler_drained_workers_total',
    help: 'Workers that acknowledged that they are drained.',
    registers,
  });
  const timeouts = new Counter({
    name: 'farmhand_autoscaler_drain_timeouts_total',
    help: 'Workers that were told to drain and given back to work, because they did not acknowledge in time or were needed.',
    registers,
  });
  const phases = new Histogram({
    name: 'farmhand_autoscaler_step_phase_seconds',
    help: 'Time that the parts of a step took, in seconds: observe (queue and gateway), decide (policy and shield), act (the change).',
    labelNames: ['phase'],
    buckets: STEP_BUCKETS,
    registers,
  });
  autoscaler.subscribe((event) => {
    if (event.kind === 'decision' && event.decision.outcome !== 'draining') note(event.decision);
  });

  function note({ verdict, took, drained: workers, withdrawn }: Decision): void {
    verdicts.inc({ verdict: verdict.kind });
    drained.inc(workers);
    timeouts.inc(withdrawn);
    phases.observe({ phase: 'observe' }, took.observeMs / SECOND);
    if (verdict.kind !== 'held') phases.observe({ phase: 'decide' }, took.decideMs / SECOND);
    if (took.actMs !== null) phases.observe({ phase: 'act' }, took.actMs / SECOND);
  }
}
