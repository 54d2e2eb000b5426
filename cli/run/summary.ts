import type { EpisodeSummary } from '#autoscaler/run/episode.ts';
import type { Audit } from './audit.ts';
import { count, decimal, duration, percent } from '../format.ts';
import { renderPairs } from '../table.ts';

/** What a run says at its end: the JSON object of `farmhand run --json`. */
export interface RunSummary extends Audit {
  readonly run: string;
  /** Null with `--images`: the folder is the workload. */
  readonly workload: string | null;
  readonly policy: string;
  readonly seed: number | null;
  /** Share of all submitted tasks whose result was collected by their deadline; null when nothing was submitted. */
  readonly qos: number | null;
  /** The same share of the collected tasks alone. */
  readonly qosCollected: number | null;
  /** `qos` for each quarter of the workload's tasks by planned service time, shortest first; null with `--images`. */
  readonly qosByQuartile: EpisodeSummary['qosByQuartile'];
  /** The least of those. */
  readonly worstQuartileQos: number | null;
  /** Desired replicas: time average and maximum. */
  readonly workers: { readonly mean: number; readonly max: number };
  /** Steps that changed the replicas, and steps that did not. */
  readonly scaling: { readonly up: number; readonly down: number; readonly noop: number };
  /** From the start of the run to its last collected task, or to its interruption. */
  readonly durationS: number;
  /** Time in a worker's hands, waiting excluded: as it was, and as the workload's timing model expects it. */
  readonly serviceMs: { readonly mean: number | null; readonly calibratedMean: number | null };
}

/** What the summary needs of a task's record. */
export interface RecordFacts {
  readonly id: string;
  readonly metDeadline: boolean;
  readonly serviceMs: number;
  readonly expectedServiceMs: number;
}

export type RunFacts = Pick<
  RunSummary,
  'workload' | 'policy' | 'seed' | 'qosByQuartile' | 'workers' | 'scaling' | 'durationS'
>;

/** `records` may hold ids twice, or ids that the run never gave (the audit counts both); here each id given counts once. */
export function summarise(
  run: string,
  options: { audit: Audit; records: readonly RecordFacts[]; facts: RunFacts },
): RunSummary {
  const { audit, facts } = options;
  const byId = new Map(options.records.map((record) => [record.id, record]));
  const given = Array.from({ length: audit.submitted }, (_, n) => byId.get(`${run}-${n}`));
  const records = given.filter((record) => record !== undefined);
  const met = records.filter((record) => record.metDeadline).length;
  return {
    run,
    ...facts,
    ...audit,
    qos: share(met, audit.submitted),
    qosCollected: share(met, records.length),
    worstQuartileQos: facts.qosByQuartile === null ? null : Math.min(...facts.qosByQuartile),
    serviceMs: {
      mean: mean(records.map((record) => record.serviceMs)),
      // Nobody knows how long a user's own picture takes; its estimate only orders dispatch.
      calibratedMean: facts.workload === null ? null : mean(records.map((record) => record.expectedServiceMs)),
    },
  };
}

/** Nothing failed: what exit code 0 means. */
export function isClean(audit: Audit): boolean {
  return audit.deadLettered + audit.unfinished + audit.lost + audit.duplicated + audit.unexpected === 0;
}

export function renderSummary(summary: RunSummary): string[] {
  const { scaling, workers, serviceMs } = summary;
  const ms = (value: number | null): string => (value === null ? '–' : `${decimal(value)} ms`);
  const pairs: [string, string][] = [
    ['submitted', String(summary.submitted)],
    ['completed', String(summary.completed)],
    ['dead letters', String(summary.deadLettered)],
    ['lost', String(summary.lost)],
    ['duplicated', String(summary.duplicated)],
    ['QoS', `${percent(summary.qos)} of submitted met their deadline (${percent(summary.qosCollected)} of collected)`],
    ...quarters(summary),
    ['workers', `${decimal(workers.mean)} mean, ${workers.max} at most`],
    ['scaling', `${scaling.up} up, ${scaling.down} down, ${scaling.noop} held`],
    [
      'service time',
      `${ms(serviceMs.mean)} mean${serviceMs.calibratedMean === null ? '' : `, ${ms(serviceMs.calibratedMean)} calibrated`}`,
    ],
    ['duration', duration(summary.durationS)],
  ];
  if (summary.unfinished > 0)
    pairs.splice(3, 0, ['unfinished', `${count(summary.unfinished, 'task')} still in the farm`]);
  if (summary.unexpected > 0)
    pairs.splice(5, 0, ['unexpected', `${count(summary.unexpected, 'id')} that the run never gave`]);
  return [title(summary), ...renderPairs(pairs).map((line) => `  ${line}`)];
}

function quarters({ qosByQuartile }: RunSummary): [string, string][] {
  if (qosByQuartile === null) return [];
  const each = qosByQuartile.map(percent).join(', ');
  return [['by size', `${each}, from the quarter of the shortest tasks to that of the longest`]];
}

function title({ run, workload, policy, seed }: RunSummary): string {
  const what = workload === null ? 'images' : workload;
  return `Run ${run}: ${what} with ${policy}${seed === null ? '' : `, seed ${seed}`}`;
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
