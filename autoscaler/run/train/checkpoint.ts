import { existsSync, readdirSync, rmSync, statSync, truncateSync, appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { FarmhandError } from '#shared/errors.ts';
import { describeIssues } from '#shared/parse.ts';
import { Sfc32 } from '#shared/rng.ts';
import { loadLearner } from '../../learn/agents.ts';
import type { Learner } from '../../learn/learner.ts';
import type { SavedModel } from '../../learn/saved-model.ts';
import { readModel, writeModel } from '../../model-store/model-files.ts';
import { readJson } from '../record/run-config.ts';
import type { RunDirectory } from '../record/run-directory.ts';
import {
  CHECKPOINT,
  CHECKPOINT_STATE,
  EVALUATION_METRICS,
  TRAINING_METRICS,
  TRAINING_STEPS,
} from './training-files.ts';
import {
  evaluationMetrics,
  trainingMetrics,
  trainingStateSchema,
  type Progress,
  type TrainingState,
} from './training-state.ts';

/** A training at the end of an episode: what it goes on with. */
export interface TrainingCheckpoint {
  readonly learner: Learner;
  readonly state: TrainingState;
}

/**
 * Writes where the training is: the steps played since the last time, the learner, and last the state that names both. A crash
 * at any point leaves the state of before, with what it names.
 */
export function saveCheckpoint(
  directory: RunDirectory,
  { learner, state, steps }: { learner: Learner; state: Progress; steps: string },
): void {
  appendFileSync(directory.file(TRAINING_STEPS), steps);
  const named = `ep${state.episodes}`;
  writeModel(directory.file(join(CHECKPOINT, named)), {
    model: learner.save({ resumable: true }),
    provenance: null,
  });
  const saved: TrainingState = { ...state, learner: named, stepsBytes: statSync(directory.file(TRAINING_STEPS)).size };
  directory.writeJson(CHECKPOINT_STATE, saved);
  for (const entry of readdirSync(directory.file(CHECKPOINT), { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name !== named)
      rmSync(join(directory.file(CHECKPOINT), entry.name), { recursive: true });
  }
  directory.writeJson(TRAINING_METRICS, trainingMetrics(state));
  directory.writeJson(EVALUATION_METRICS, evaluationMetrics(state));
}

/**
 * Reads where a training was, and cuts off the steps that were played after that.
 * @throws RUN_INVALID, MODEL_INVALID that name the file
 */
export async function loadCheckpoint(directory: RunDirectory): Promise<TrainingCheckpoint> {
  const state = readState(directory.file(CHECKPOINT_STATE));
  const { model } = await readModel(directory.file(join(CHECKPOINT, state.learner)));
  // The checkpoint brings its own generator.
  const learner = await loadLearner(model, { rng: new Sfc32(0) });
  cutOff(directory.file(TRAINING_STEPS), state.stepsBytes);
  return { learner, state };
}

function cutOff(file: string, bytes: number): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size < bytes) {
    throw new FarmhandError('RUN_INVALID', `${file}: ${size} bytes; its checkpoint was made at ${bytes}`);
  }
  truncateSync(file, bytes);
}

export function hasCheckpoint(directory: RunDirectory): boolean {
  return existsSync(directory.file(CHECKPOINT_STATE));
}

/** How far a training was at its checkpoint. @throws RUN_INVALID */
export function readProgress(directory: RunDirectory): Progress {
  return readState(directory.file(CHECKPOINT_STATE));
}

/** What the learner had learnt at its checkpoint. @throws RUN_INVALID, MODEL_INVALID */
export async function readLearnt(directory: RunDirectory): Promise<SavedModel> {
  const { learner } = readState(directory.file(CHECKPOINT_STATE));
  const { model } = await readModel(directory.file(join(CHECKPOINT, learner)));
  return model;
}

function readState(file: string): TrainingState {
  const document = readJson(file);
  const parsed = trainingStateSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new FarmhandError('RUN_INVALID', `${file}: ${describeIssues(parsed.error, document)}`);
}
