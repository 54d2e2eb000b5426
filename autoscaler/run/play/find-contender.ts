import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import { Sfc32 } from '#shared/rng.ts';
import { loadLearner } from '../../learn/agents.ts';
import { ModelFolder } from '../../model-store/folder.ts';
import { readModelAt } from '../../model-store/model-at.ts';
import { isModelFile } from '../../model-store/model-file.ts';
import { MODEL_JSON } from '../../model-store/model-files.ts';
import { findPolicy } from '../../policy/catalogue.ts';
import { OpenLoopPolicy, parseTimetable } from '../../policy/open-loop.ts';
import { clairvoyant } from '../bounds/clairvoyant.ts';
import { openSimulated } from '../environments.ts';
import { policyOptionsOf, type Scenario } from '../scenario.ts';
import { BEST_MODEL } from '../train/training-files.ts';
import type { Contender } from './contender.ts';

export interface FindContenderOptions {
  readonly scenario: Scenario;
  /** Folder of the models that have names: models/. */
  readonly modelsFolder: string;
}

/**
 * What a user means by a name: a model's folder or a training's, by path; a model's file or a timetable's; `best`; a model or
 * timetable of `models/`; a policy; or `clairvoyant[-LATECOST]`, which weighs a late task as so many worker-seconds.
 * @throws UNKNOWN_POLICY, with the names that there are; MODEL_INVALID, NOT_FOUND for a model that cannot be read
 */
export async function findContender(name: string, options: FindContenderOptions): Promise<Contender> {
  const { scenario, modelsFolder } = options;
  const models = new ModelFolder(modelsFolder);
  if (name === 'best') return findContender(await models.best(scenario.workload.name), options);
  const bound = CLAIRVOYANT.exec(name);
  if (bound !== null) return knowsAll(name, { scenario, lateCost: Number(bound[1] ?? USUAL_LATE_COST) });
  const timetable = timetableFile(name, modelsFolder);
  if (timetable !== null) {
    const written = readFileSync(timetable);
    return isModelFile(written) ? modelIn(timetable) : timetableIn(timetable, written.toString('utf8'));
  }
  if (isFolder(name)) return modelIn(modelFolderIn(name), nameOfFolder(name));
  const named = (await models.list()).includes(name);
  return named ? modelIn(join(modelsFolder, name), name) : rule(name, options);
}

/** A timetable is a JSON file, as a model may be: one's own by path, or a shipped one by name. */
function timetableFile(name: string, modelsFolder: string): string | null {
  const shipped = join(modelsFolder, `${name}.json`);
  if (name !== 'best' && !name.includes('/') && existsSync(shipped)) return shipped;
  return name.endsWith('.json') && existsSync(name) ? name : null;
}

function timetableIn(file: string, written: string): Contender {
  let document: unknown;
  try {
    document = JSON.parse(written);
  } catch (cause) {
    throw new FarmhandError('MODEL_INVALID', `timetable ${file}: ${coerceError(cause).message}`, { cause });
  }
  const { name, workers } = parseTimetable(document, file);
  return {
    name,
    deployable: true,
    usesClock: true,
    trainedOn: null,
    fingerprint: createHash('sha256').update(written).digest('hex'),
    policyFor: () => new OpenLoopPolicy(name, workers),
  };
}

/** 'clairvoyant' or 'clairvoyant-60'. */
const CLAIRVOYANT = /^clairvoyant(?:-(\d+(?:\.\d+)?))?$/;

/** Worker-seconds; a step of 8 s with four workers more. */
const USUAL_LATE_COST = 30;

/** Simulated episodes a seed: about a second. */
const ITERATIONS = 4000;

function knowsAll(name: string, { scenario, lateCost }: { scenario: Scenario; lateCost: number }): Contender {
  if (scenario.profile === 'live') {
    throw new FarmhandError('USAGE', `${name}: nobody knows the arrivals of a live farm; expected a policy or a model`);
  }
  if (lateCost <= 0) throw new FarmhandError('UNKNOWN_POLICY', `policy ${name}: expected a cost over 0`);
  const environment = openSimulated({ ...scenario, actions: 'one', reward: { kind: 'cost', lateCost } });
  const { maxSteps } = scenario.workload.control;
  return { ...clairvoyant({ environment, maxSteps, iterations: ITERATIONS }), name };
}

/** What tables call it: runs/train-1/models/best and runs/train-1 are both train-1, models/cem is cem. */
function nameOfFolder(path: string): string {
  const parts = path.split(sep).filter((part) => part !== '' && part !== 'models' && part !== 'best');
  return parts.at(-1) ?? path;
}

/** A folder may also be a training's run directory: its best model is meant. */
function modelFolderIn(path: string): string {
  const best = join(path, BEST_MODEL);
  return !existsSync(join(path, MODEL_JSON)) && existsSync(best) ? best : path;
}

/** @param called as tables name it; nothing: as its file does */
async function modelIn(path: string, called?: string): Promise<Contender> {
  const { name, model, lineage } = await readModelAt(path);
  // It decides and does not explore: the generator is never asked.
  const learner = await loadLearner(model, { rng: new Sfc32(0) });
  return {
    name: called ?? name,
    deployable: true,
    usesClock: learner.usesClock,
    trainedOn: lineage.data.workload ?? 'unknown',
    fingerprint: createHash('sha256')
      .update(readFileSync(isFolder(path) ? join(path, MODEL_JSON) : path))
      .digest('hex'),
    // What a greedy learner does depends on what it sees in the episode only: one object serves all, one after the other.
    policyFor: () => learner,
  };
}

async function rule(name: string, { scenario, modelsFolder }: FindContenderOptions): Promise<Contender> {
  const options = policyOptionsOf(scenario);
  try {
    const { name: known, usesClock } = findPolicy(name, options);
    return {
      name: known,
      deployable: true,
      usesClock,
      trainedOn: null,
      fingerprint: null,
      policyFor: () => findPolicy(name, options),
    };
  } catch (thrown) {
    if (!(thrown instanceof FarmhandError) || thrown.code !== 'UNKNOWN_POLICY') throw thrown;
    const names = await new ModelFolder(modelsFolder).list();
    if (names.length === 0) throw thrown;
    throw new FarmhandError('UNKNOWN_POLICY', `${thrown.message}; or a model: ${names.join(', ')}`, { cause: thrown });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
