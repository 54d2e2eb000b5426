import { writeFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import type { Clock } from '#shared/clock.ts';
import { hashOf } from '../../model-store/lineage.ts';
import { readModelAt } from '../../model-store/model-at.ts';
import type { ModelToStore } from '../../model-store/model-store.ts';
import type { Environments } from '../environments.ts';
import { openRunDirectory } from '../record/run-directory.ts';
import type { TrainingPlan } from '../train/plan.ts';
import type { TrainSettings } from '../train/train-settings.ts';
import { train } from '../train/train.ts';
import type { TrainingPoint } from '../train/training-state.ts';
import { keepCheckpoint, restoreCheckpoint } from './checkpoint-bytes.ts';
import type { JobOutcome, JobReport, RunJob } from './run-job.ts';
import type { CurvePoint } from './run-record.ts';
import { runKeys } from './run-keys.ts';

export interface TrainingTools {
  readonly redis: Redis;
  readonly clock: Clock;
  readonly environments: Environments;
  readonly signal: AbortSignal;
  readonly report: (report: JobReport) => void;
}

/** The model that a training starts from, in its folder. */
const PARENT = 'parent.json';

/** Points of a curve; a training of more episodes shows one in so many. */
const POINTS = 500;

/** Trains from the checkpoint that is kept, if there is one. Never more than one core: it is a guest in a process that steers. */
export async function doTraining(
  job: RunJob,
  of: { name: string; settings: TrainSettings },
  tools: TrainingTools,
): Promise<JobOutcome> {
  const { settings, name } = of;
  const directory = openRunDirectory(job.folder);
  const checkpoint = { redis: tools.redis, keys: runKeys(job.config.farm), run: job.run, holder: job.holder };
  await restoreCheckpoint(directory, checkpoint);
  const result = await train(withParentFile(settings, { job, file: directory.file(PARENT) }), {
    ...tools,
    directory,
    revision: job.revision,
    timeLimitS: null,
    threads: 1,
    keeping: {
      steps: false,
      everyMs: job.checkpointEveryMs,
      onSaved: () => keepCheckpoint(directory, checkpoint),
    },
    onEpisode: reporter(settings, tools.report),
  });
  const best = result.agents.find(({ model }) => model === result.model);
  if (result.model === null || result.final === null || best?.check == null) return { kind: 'interrupted' };
  const { agentSeed, check } = best;
  const model = described(await readModelAt(result.model), { name, plan: { ...settings.plan, agentSeed } });
  return {
    ...{ kind: 'trained', model, agentSeed, check },
    ...{ final: result.final, episodes: result.episodes, seconds: result.seconds },
  };
}

/** The settings with the file of the model that it starts from in the place of its id. */
function withParentFile(settings: TrainSettings, { job, file }: { job: RunJob; file: string }): TrainSettings {
  const { startFrom } = settings.plan;
  if (startFrom === null) return settings;
  const bytes = job.models[startFrom.model];
  if (bytes === undefined) throw new Error(`run ${job.run} came without the model that it starts from`);
  writeFileSync(file, bytes);
  return { ...settings, plan: { ...settings.plan, startFrom: { ...startFrom, model: file } } };
}

/** The model with its name, and with what its lineage does not know yet: what it was trained on, and how, to the letter. */
function described(model: ModelToStore, { name, plan }: { name: string; plan: TrainingPlan }): ModelToStore {
  const { lineage } = model;
  const data = { ...lineage.data, sha256: hashOf(plan.scenario) };
  const parent = plan.startFrom?.model ?? null;
  return { ...model, name, lineage: { ...lineage, data, configSha256: hashOf(plan), parent } };
}

function reporter({ plan, agentSeeds }: TrainSettings, report: TrainingTools['report']) {
  const total = plan.episodes * agentSeeds.length;
  const every = Math.max(1, Math.ceil(total / POINTS));
  const done = agentSeeds.map(() => 0);
  return (point: TrainingPoint, training: number): void => {
    done[training] = point.episode;
    if (point.episode % every !== 0 && point.episode !== plan.episodes) return;
    report({ done: done.reduce((sum, episodes) => sum + episodes, 0), total, point: curvePointOf(point, training) });
  };
}

function curvePointOf({ episode, summary, exploration, loss }: TrainingPoint, training: number): CurvePoint {
  const { totalReward: reward, qos, workers } = summary;
  return { episode, training, reward, qos, meanWorkers: workers.mean, exploration, loss };
}
