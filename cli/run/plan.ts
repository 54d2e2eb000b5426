import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { FarmConfig } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { workloadNames } from '#shared/workload/catalogue.ts';
import { loadWorkload } from '#shared/workload/load-workload.ts';
import { planWorkload } from '#shared/workload/plan.ts';
import type { RunControl, Workload } from '#shared/workload/workload.ts';
import type { EpisodeRequest } from '../farm/autoscaler.ts';

/** What a run is to do, checked before anything is started. */
export interface RunPlan {
  readonly source:
    | { readonly kind: 'workload'; readonly workload: Workload; readonly seed: number }
    | { readonly kind: 'folder'; readonly path: string; readonly out: string | undefined };
  readonly policy: string;
  readonly episode: EpisodeRequest & RunControl;
  /** Seeds of the episodes, one after the other; one 0 for a folder, which has none. */
  readonly seeds: readonly number[];
  /** The longest time in which the plan itself emits nothing. */
  readonly longestGapS: number;
}

/** As the command line gives them. */
export interface RunOptions {
  readonly workload?: string;
  readonly images?: string;
  readonly out?: string;
  readonly policy?: string;
  readonly seed?: number;
  readonly episodes?: number;
  readonly initialWorkers?: number;
  readonly minWorkers?: number;
  readonly maxWorkers?: number;
}

/**
 * Checks everything but the policy, which may be a model that has to be read (choose-policy.ts).
 * @throws USAGE, UNKNOWN_WORKLOAD, WORKLOAD_INVALID
 */
export function planRun(options: RunOptions, context: { config: FarmConfig; cwd: string }): RunPlan {
  const { config, cwd } = context;
  if ((options.workload === undefined) === (options.images === undefined)) {
    throw new FarmhandError(
      'USAGE',
      `expected one of --workload and --images; workloads are ${workloadNames.join(', ')}`,
    );
  }
  if (options.out !== undefined && options.images === undefined) {
    throw new FarmhandError('USAGE', '--out DIR is for the thumbnails of --images DIR');
  }
  if (options.images !== undefined && (options.episodes ?? 1) > 1) {
    throw new FarmhandError('USAGE', '--episodes is for --workload: a folder is done once');
  }
  const source: RunPlan['source'] =
    options.images === undefined
      ? {
          kind: 'workload',
          workload: loadWorkload(options.workload ?? '', config),
          seed: options.seed ?? config.workload.seed,
        }
      : {
          kind: 'folder',
          path: existingFolder(resolve(cwd, options.images)),
          out: options.out === undefined ? undefined : resolve(cwd, options.out),
        };
  // A folder declares nothing of its own: farm.yml's control holds for it.
  const control = source.kind === 'workload' ? source.workload.control : controlOf(config);
  const policy = options.policy ?? config.control.policy;
  const minWorkers = options.minWorkers ?? config.control.minWorkers;
  const maxWorkers = options.maxWorkers ?? config.control.maxWorkers;
  if (minWorkers > maxWorkers) {
    throw new FarmhandError('USAGE', `--min-workers ${minWorkers}: expected at most --max-workers (${maxWorkers})`);
  }
  const initialWorkers = options.initialWorkers ?? Math.min(Math.max(control.initialWorkers, minWorkers), maxWorkers);
  if (initialWorkers < minWorkers || initialWorkers > maxWorkers) {
    throw new FarmhandError(
      'USAGE',
      `--initial-workers ${initialWorkers}: expected from ${minWorkers} to ${maxWorkers} (--min-workers, --max-workers)`,
    );
  }
  const first = source.kind === 'workload' ? source.seed : 0;
  const seeds = Array.from({ length: options.episodes ?? 1 }, (_, i) => first + i);
  return {
    source,
    policy,
    seeds,
    episode: { ...control, policy, initialWorkers, minWorkers, maxWorkers },
    longestGapS: source.kind === 'workload' ? Math.max(...seeds.map((seed) => longestGapS(source.workload, seed))) : 0,
  };
}

function controlOf({ control }: FarmConfig): RunControl {
  const { stepDurationS, observationWindowS, initialWorkers, maxSteps } = control;
  return { stepDurationS, observationWindowS, initialWorkers, maxSteps };
}

function existingFolder(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return path;
  throw new FarmhandError('USAGE', `--images ${path}: expected a folder, and there is none`);
}

function longestGapS(workload: Workload, seed: number): number {
  let startMs = 0;
  let lastMs = 0;
  let longestMs = 0;
  for (const phase of planWorkload(workload, { seed }).phases) {
    for (const { atMs } of phase.tasks) {
      longestMs = Math.max(longestMs, startMs + atMs - lastMs);
      lastMs = startMs + atMs;
    }
    startMs += phase.durationMs;
  }
  return longestMs / 1000;
}
