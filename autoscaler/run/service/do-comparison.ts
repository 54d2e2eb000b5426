import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare } from '../compare/compare.ts';
import type { CompareSettings } from '../compare/settings.ts';
import type { EpisodeSummary } from '../episode.ts';
import { unlessAborted } from '../unless-aborted.ts';
import type { TrainingTools } from './do-training.ts';
import { episodesOf, type EpisodeFigures, type JobOutcome, type PlayedUnder, type RunJob } from './run-job.ts';

/** Reports of a comparison; one of more episodes reports one in so many. */
const REPORTS = 200;
/** Episodes that an evaluation shows one by one. */
const SHOWN_EPISODES = 1_000;

/** Puts policies and models through the same held-out seeds. */
export async function doComparison(
  job: RunJob,
  settings: CompareSettings,
  { environments, signal, report }: Pick<TrainingTools, 'environments' | 'signal' | 'report'>,
): Promise<JobOutcome> {
  const total = episodesOf(job.work);
  const every = Math.max(1, Math.ceil(total / REPORTS));
  let done = 0;
  const played = await unlessAborted(signal, () =>
    compare(withModelFiles(settings, job), {
      ...{ environments, signal, reusable: null, modelsFolder: job.modelsFolder, threads: 1 },
      onEpisode() {
        done += 1;
        if (done % every === 0 || done === total) report({ done, total, point: null });
      },
    }),
  );
  if (played === null) return { kind: 'interrupted' };
  // Tables name a model as it was asked for, whatever its file is called.
  const rows = played.rows.map((row, index) => ({ ...row, policy: settings.policies[index]?.name ?? row.policy }));
  const [row] = rows;
  if (job.work.kind === 'compare' || row === undefined) {
    return { kind: 'played', result: { ...playedUnder(settings), rows } };
  }
  const episodes = (played.played[0]?.summaries ?? []).slice(0, SHOWN_EPISODES).map(figuresOf);
  return { kind: 'played', result: { ...playedUnder(settings), ...row, episodes } };
}

function playedUnder({ scenario, seed }: CompareSettings): PlayedUnder {
  const { workload, profile, dispatch, actions } = scenario;
  return { workload: workload.name, profile, dispatch, actions, seed };
}

/** The settings with the models' files, written into the job's folder, in the places of their names. */
function withModelFiles(settings: CompareSettings, { models, folder }: RunJob): CompareSettings {
  mkdirSync(folder, { recursive: true });
  const policies = settings.policies.map((policy, index) => {
    const bytes = models[policy.name];
    if (bytes === undefined) return policy;
    const name = join(folder, `${index}.json`);
    writeFileSync(name, bytes);
    return { ...policy, name };
  });
  return { ...settings, policies };
}

function figuresOf({ seed, qos, workers, totalReward }: EpisodeSummary): EpisodeFigures {
  return { seed, qos, meanWorkers: workers.mean, reward: totalReward };
}
