import type { Environments } from '../environments.ts';
import { runInThreads } from '../parallel/pool.ts';
import type { Scenario } from '../scenario.ts';
import { factsOf, type ContenderFacts } from './contender.ts';
import { findContender } from './find-contender.ts';
import { playSeeds, type Played } from './play-seeds.ts';

/** Some seeds of one contender: what a thread does at a time. */
export interface PlayJob {
  /** A name or a model's path, as findContender takes it. */
  readonly contender: string;
  readonly scenario: Scenario;
  readonly modelsFolder: string;
  readonly seeds: readonly number[];
  /** Episodes whose steps are kept; the first ones. */
  readonly records: number;
}

/** A contender, and what came of its episodes. */
export interface PlayedContender extends Played {
  readonly facts: ContenderFacts;
}

export interface PlayAllOptions {
  readonly environments: Environments;
  /** Threads; more than one only where environments may be open in parallel. */
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly onEpisode?: () => void;
}

/** Seeds a job, however many threads there are: small enough to share out, large enough to be worth a message. */
const SEEDS_A_JOB = 25;

/**
 * Plays all jobs and gives their results in order. The same whatever the number of threads is.
 * @throws what findContender throws, before the first episode; the signal's reason when it aborts
 */
export async function playAll(jobs: readonly PlayJob[], options: PlayAllOptions): Promise<PlayedContender[]> {
  const contenders = await Promise.all(jobs.map((job) => findContender(job.contender, job)));
  const parts = jobs.flatMap((job, of) => split(job).map((part) => ({ of, part })));
  const played =
    options.threads > 1 && options.environments.parallel && parts.length > 1
      ? await playInThreads(
          parts.map(({ part }) => part),
          options,
        )
      : await playHere(
          parts.map(({ part }) => part),
          options,
        );
  return contenders.map((contender, of) => {
    const own = played.filter((_, index) => parts[index]?.of === of);
    return {
      facts: factsOf(contender),
      summaries: own.flatMap(({ summaries }) => summaries),
      records: own.flatMap(({ records }) => records),
    };
  });
}

function split(job: PlayJob): PlayJob[] {
  const parts: PlayJob[] = [];
  for (let from = 0; from < job.seeds.length; from += SEEDS_A_JOB) {
    const seeds = job.seeds.slice(from, from + SEEDS_A_JOB);
    parts.push({ ...job, seeds, records: Math.min(seeds.length, Math.max(0, job.records - from)) });
  }
  return parts;
}

function playInThreads(jobs: readonly PlayJob[], options: PlayAllOptions): Promise<Played[]> {
  return runInThreads<Played>(jobs, {
    ...options,
    module: new URL('./play-thread.ts', import.meta.url),
    onProgress: () => options.onEpisode?.(),
  });
}

async function playHere(jobs: readonly PlayJob[], options: PlayAllOptions): Promise<Played[]> {
  const results: Played[] = [];
  for (const job of jobs) {
    const environment = await options.environments.open(job.scenario);
    try {
      results.push(await playSeeds(environment, await findContender(job.contender, job), { ...job, ...options }));
    } finally {
      await environment.close();
    }
  }
  return results;
}
