import { comparisonRow, type ComparisonRow } from '../comparison-row.ts';
import { factsOf } from '../play/contender.ts';
import { findContender } from '../play/find-contender.ts';
import { playAll, type PlayAllOptions, type PlayedContender, type PlayJob } from '../play/play.ts';
import { stepsTable } from '../record/steps-table.ts';
import type { RunDirectory } from '../record/run-directory.ts';
import { heldOutSeed } from '../seeds.ts';
import { aggregatedResults } from './aggregated-results.ts';
import { writePlayed } from './played-file.ts';
import type { Reusable } from './reuse.ts';
import type { CompareSettings } from './settings.ts';

export interface CompareOptions extends PlayAllOptions {
  readonly modelsFolder: string;
  /** An earlier comparison whose episodes need not be played again. */
  readonly reusable: Reusable | null;
}

export interface Comparison {
  readonly rows: readonly ComparisonRow[];
  readonly played: readonly PlayedContender[];
  /** Names of the policies whose episodes were taken from the earlier comparison. */
  readonly reused: readonly string[];
}

/**
 * Puts policies through the same held-out episodes: the same seeds, and so the same tasks and delays (common random numbers).
 * @throws what findContender throws, before the first episode; the signal's reason
 */
export async function compare(settings: CompareSettings, options: CompareOptions): Promise<Comparison> {
  const jobs = compareJobs(settings, options.modelsFolder);
  const found = await Promise.all(
    jobs.map(async (job) => {
      const contender = await findContender(job.contender, job);
      return options.reusable?.find(factsOf(contender), job.seeds.length) ?? null;
    }),
  );
  const missing = jobs.filter((_, index) => found[index] === null);
  const fresh = await playAll(missing, options);
  const played = found.map((earlier) => earlier ?? take(fresh));
  return {
    rows: played.map(comparisonRow),
    played,
    reused: found.flatMap((earlier) => earlier?.facts.name ?? []),
  };
}

/** Episodes that are still to be played, with what is left of `settings` when nothing is reused. */
export function compareJobs(settings: CompareSettings, modelsFolder: string): PlayJob[] {
  const { scenario, seed, seeds, records, policies } = settings;
  return policies.map((policy) => ({
    contender: policy.name,
    scenario,
    modelsFolder,
    records,
    seeds: Array.from({ length: Math.min(policy.seeds ?? seeds, seeds) }, (_, index) => heldOutSeed(seed, index)),
  }));
}

function take(fresh: PlayedContender[]): PlayedContender {
  const next = fresh.shift();
  if (next === undefined) throw new Error('fewer policies were played than were missing');
  return next;
}

/** Writes every episode, the rows in the reference's shape, and the kept steps, a table a policy. */
export function writeComparison(directory: RunDirectory, { rows, played }: Pick<Comparison, 'rows' | 'played'>): void {
  writePlayed(directory, played);
  directory.writeJson('aggregated_results.json', aggregatedResults(rows, played));
  for (const { facts, records } of played) {
    if (records.length > 0) directory.write(`steps/${fileName(facts.name)}.csv`, stepsTable(records));
  }
}

/** A policy's name as a file's: a model may be named by its path. */
export function fileName(policy: string): string {
  return policy.replaceAll(/[^\w.-]+/g, '_');
}
