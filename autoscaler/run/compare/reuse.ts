import type { Provenance } from '../record/provenance.ts';
import { jsonDifferences } from '../record/json-differences.ts';
import { readRunConfig } from '../record/run-config.ts';
import type { RunDirectory } from '../record/run-directory.ts';
import type { ContenderFacts } from '../play/contender.ts';
import type { PlayedContender } from '../play/play.ts';
import { readPlayed } from './played-file.ts';
import { compareSettingsSchema, type CompareSettings } from './settings.ts';

/** An earlier comparison's episodes, as far as they are what would be played again. */
export interface Reusable {
  /** Empty: they are. Else what differs, in words, and nothing may be taken. */
  readonly differences: readonly string[];
  /** The episodes of one policy; null where they must be played. */
  find(facts: ContenderFacts, seeds: number): PlayedContender | null;
}

/**
 * Looks whether a comparison was made under the same conditions by the same code on the same Node. The policies may differ:
 * each row stands for itself.
 * @throws RUN_INVALID for a folder that is no comparison
 */
export function openReusable(
  directory: RunDirectory,
  now: { settings: CompareSettings; provenance: Provenance },
): Reusable {
  const then = readRunConfig(directory, 'compare', compareSettingsSchema);
  const differences = jsonDifferences(
    conditionsOf(now.settings, now.provenance),
    conditionsOf(then.settings, then.provenance),
  );
  const played = differences.length > 0 ? [] : readPlayed(directory);
  return {
    differences,
    find: (facts, seeds) =>
      played.find((each) => each.summaries.length === seeds && jsonDifferences(each.facts, facts).length === 0) ?? null,
  };
}

/** What rows follow from. A commit that changed no source file changes no row, so the revision is not among it. */
function conditionsOf(
  { scenario, seed, seeds, records }: CompareSettings,
  { node, sourcesSha256 }: Provenance,
): object {
  return { scenario, seed, seeds, records, code: { node, sourcesSha256 } };
}
