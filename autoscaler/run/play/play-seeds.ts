import { setImmediate } from 'node:timers/promises';
import type { Environment } from '../../env/environment.ts';
import type { EpisodeRecord, EpisodeSummary } from '../episode.ts';
import { playEpisode } from '../rollout.ts';
import type { Contender } from './contender.ts';

/** What came of some seeds, in their order. */
export interface Played {
  readonly summaries: readonly EpisodeSummary[];
  /** The first episodes, step by step. */
  readonly records: readonly EpisodeRecord[];
}

export interface PlayOptions {
  readonly seeds: readonly number[];
  /** Episodes whose steps are kept; the first ones. */
  readonly records: number;
  readonly signal: AbortSignal;
  readonly onEpisode?: () => void;
}

/**
 * Plays one episode for each seed, in the order of the seeds. An episode depends on its seed only.
 * @throws the signal's reason when it aborts
 */
export async function playSeeds(
  environment: Environment,
  contender: Pick<Contender, 'policyFor'>,
  options: PlayOptions,
): Promise<Played> {
  const { seeds, signal } = options;
  const summaries: EpisodeSummary[] = [];
  const records: EpisodeRecord[] = [];
  for (const seed of seeds) {
    const policy = await contender.policyFor(seed);
    const record = await playEpisode({ environment, policy, seed, signal });
    summaries.push(record.summary);
    if (records.length < options.records) records.push(record);
    options.onEpisode?.();
    // Virtual time never waits; a Ctrl-C must be heard all the same.
    await setImmediate();
    signal.throwIfAborted();
  }
  return { summaries, records };
}
