import { z } from 'zod';
import { FarmhandError } from '#shared/errors.ts';
import { closedObject, describeIssues } from '#shared/parse.ts';
import type { PlayedContender } from '../play/play.ts';
import { readJson } from '../record/run-config.ts';
import type { RunDirectory } from '../record/run-directory.ts';
import { savedRecord, savedSummary } from '../record/saved-episodes.ts';

/** Every episode of a comparison: what its rows, tables and plots are made of. */
const PLAYED = 'episodes.json';

const playedSchema: z.ZodType<PlayedContender[]> = z.array(
  closedObject({
    facts: closedObject({
      name: z.string(),
      deployable: z.boolean(),
      usesClock: z.boolean(),
      trainedOn: z.string().nullable(),
      fingerprint: z.string().nullable(),
    }),
    summaries: z.array(savedSummary).min(1),
    records: z.array(savedRecord),
  }),
);

/** In one line: there may be many thousands. */
export function writePlayed(directory: RunDirectory, played: readonly PlayedContender[]): void {
  directory.write(PLAYED, `${JSON.stringify(played)}\n`);
}

/** @throws RUN_INVALID for a folder that is no comparison */
export function readPlayed(directory: RunDirectory): PlayedContender[] {
  const document = readJson(directory.file(PLAYED));
  const parsed = playedSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new FarmhandError('RUN_INVALID', `${directory.file(PLAYED)}: ${describeIssues(parsed.error, document)}`);
}
