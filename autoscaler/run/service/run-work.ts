import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { agentSchemas } from '#shared/agents-schema.ts';
import type { FarmConfig } from '#shared/config-schema.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import { closedObject, describeIssues } from '#shared/parse.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { parseWorkload } from '#shared/workload/parse-workload.ts';
import type { Workload } from '#shared/workload/workload.ts';
import { modelId } from '../../model-store/lineage.ts';
import { checkStoredName, isRuleName, parseReference } from '../../model-store/model-name.ts';
import type { ModelStore } from '../../model-store/model-store.ts';
import { findPolicy } from '../../policy/catalogue.ts';
import { compareSettingsSchema } from '../compare/settings.ts';
import { policyOptionsOf, type Scenario } from '../scenario.ts';
import { trainSettingsSchema, type TrainSettings } from '../train/train-settings.ts';
import { readPolicyList } from '../wishes/policy-list.ts';
import { scenarioByWishes, type ScenarioWishes, type Voice } from '../wishes/scenario-wishes.ts';
import { trainingByWishes } from '../wishes/train-wishes.ts';
import { startingFrom, wishesOf } from './parent-model.ts';
import type { CompareRequest, EvaluateRequest, RunRequest, TrainRequest } from './run-requests.ts';

const comparison = {
  settings: compareSettingsSchema,
  /** The models among the policies by name, as the store had them when the run was asked for: a later promotion changes nothing. */
  models: z.record(z.string(), modelId),
};

/**
 * All that a run does, as plain data. It is kept with the run, so that a run which goes on after a restart, perhaps with
 * another farm.yml, does what it was asked for.
 */
export const runWorkSchema = z.discriminatedUnion('kind', [
  closedObject({ kind: z.literal('train'), name: z.string(), settings: trainSettingsSchema }),
  closedObject({ kind: z.literal('evaluate'), ...comparison }),
  closedObject({ kind: z.literal('compare'), ...comparison }),
]);

export type RunWork = z.infer<typeof runWorkSchema>;

export interface RunWorkParts {
  readonly config: FarmConfig;
  /** Stored models over shipped ones. */
  readonly models: Pick<ModelStore, 'get'>;
  /** Folder of the shipped models: timetables lie there as well. */
  readonly modelsFolder: string;
  readonly thisFarm: ThisFarm;
}

/** What the names `farm` and `recent` mean: nobody has such a profile and workload but the farm itself. */
export interface ThisFarm {
  /** @throws UNKNOWN_PROFILE where its log has not been fitted yet */
  timing(): Promise<Scenario['timing']>;
  /** @throws UNKNOWN_WORKLOAD where too little was finished lately */
  recentWorkload(): Promise<Workload>;
}

/** What a request asks for, with farm.yml and the models as they are now. @throws FIELD_INVALID that names the field */
export async function workOf(asked: RunRequest, parts: RunWorkParts): Promise<RunWork> {
  switch (asked.kind) {
    case 'train':
      return trainWork(asked.request, parts);
    case 'evaluate':
      return { kind: 'evaluate', ...(await evaluateWork(asked.request, parts)) };
    case 'compare':
      return { kind: 'compare', ...(await compareWork(asked.request, parts)) };
  }
}

async function trainWork(request: TrainRequest, parts: RunWorkParts): Promise<RunWork> {
  const { config } = parts;
  const { agent, config: changed, name: named, seeds, from, ...wishes } = request;
  const parent = from === undefined ? null : await inField('from', () => parts.models.get(from));
  const scenario = await scenarioOf(parent === null ? request : { ...request, ...wishesOf(parent, request) }, parts);
  const name = named ?? usualName(agent, scenario.workload.name);
  await inField('name', () => checkStoredName(name));
  const of = { agent, settings: agentSettings(agent, { changed, config }), scenario };
  const fresh: TrainSettings = trainingByWishes(of, { ...wishes, agentSeeds: seeds }, { config });
  const isChanged = Object.keys(changed).length > 0;
  const settings = parent === null ? fresh : await startingFrom(fresh, { parent, changed: isChanged });
  return { kind: 'train', name, settings };
}

/** Ids of the models that a run needs, by the names that its work has for them. */
export function modelsOf(work: RunWork): Readonly<Record<string, string>> {
  if (work.kind !== 'train') return work.models;
  const { startFrom } = work.settings.plan;
  return startFrom === null ? {} : { [startFrom.model]: startFrom.model };
}

/** 'sarsa-quick'; a workload's own name may have letters that a model's may not. */
function usualName(agent: string, workload: string): string {
  return `${agent}-${workload.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, '-')}`.slice(0, 100);
}

/** farm.yml's agents, with what the request says of `agent`. */
function agentSettings(
  agent: TrainRequest['agent'],
  { changed, config }: { changed: Record<string, unknown>; config: FarmConfig },
): FarmConfig['agents'] {
  const given = Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined));
  const settings = { ...config.agents[agent], ...given };
  const parsed = agentSchemas[agent].safeParse(settings);
  if (parsed.success) return { ...config.agents, [agent]: parsed.data };
  throw new FarmhandError('FIELD_INVALID', describeIssues(parsed.error, settings, 'config'));
}

async function evaluateWork(request: EvaluateRequest, parts: RunWorkParts) {
  const { model, seed, seeds } = request;
  const scenario = await scenarioOf(request, parts);
  const id = await meaningOf(model, { field: 'model', scenario, parts });
  const policies = [{ name: model, seeds: null }];
  const settings = { scenario, seed: seed ?? parts.config.workload.seed, seeds, records: 0, policies };
  return { settings, models: id === null ? {} : { [model]: id } };
}

async function compareWork(request: CompareRequest, parts: RunWorkParts) {
  const { seed, seeds } = request;
  const scenario = await scenarioOf(request, parts);
  const policies = listedPolicies(request.policies);
  const models: Record<string, string> = {};
  for (const { name } of policies) {
    const id = await meaningOf(name, { field: 'policies', scenario, parts });
    if (id !== null) models[name] = id;
  }
  const settings = { scenario, seed: seed ?? parts.config.workload.seed, seeds, records: 0, policies };
  return { settings, models };
}

function listedPolicies(policies: CompareRequest['policies']): { name: string; seeds: number | null }[] {
  const refuse = (because: string): Error => new FarmhandError('FIELD_INVALID', `policies: ${because}`);
  if (typeof policies === 'string') return readPolicyList(policies, { refuse });
  const twice = policies.find((name, index) => policies.indexOf(name) !== index);
  if (twice !== undefined) throw refuse(`${twice} stands there twice`);
  return policies.map((name) => ({ name, seeds: null }));
}

const CLAIRVOYANT = /^clairvoyant(-\d+(\.\d+)?)?$/;

/**
 * The id of the model that a name means now; null for what is no model of the store. A name is never a path: whoever calls
 * over HTTP sees nothing of this machine's files.
 * @throws FIELD_INVALID for a name that nothing has
 */
async function meaningOf(
  name: string,
  { field, scenario, parts }: { field: string; scenario: Scenario; parts: RunWorkParts },
): Promise<string | null> {
  if (name === 'best' || (CLAIRVOYANT.test(name) && scenario.profile !== 'live')) return null;
  if (existsSync(join(parts.modelsFolder, `${name}.json`))) return null;
  if (parseReference(name) !== null && !isRuleName(name)) {
    try {
      return (await parts.models.get(name)).stored.id;
    } catch (thrown) {
      if (!(thrown instanceof FarmhandError)) throw thrown;
      if (thrown.code !== 'NOT_FOUND') throw inWords(field, thrown);
    }
  }
  await inField(field, () => findPolicy(name, policyOptionsOf(scenario)));
  return null;
}

async function scenarioOf(
  request: ScenarioWishes & { readonly workload: string | Record<string, unknown> },
  { config, thisFarm }: RunWorkParts,
): Promise<Scenario> {
  const { workload, profile } = request;
  const loaded = await inField('workload', () => {
    if (workload === 'recent') return thisFarm.recentWorkload();
    return typeof workload === 'string' ? findWorkload(workload, config) : parseWorkload(workload, config);
  });
  const timing = profile === 'farm' ? await inField('profile', () => thisFarm.timing()) : undefined;
  return scenarioByWishes(loaded, { ...request, timing }, { config, voice });
}

const voice: Voice = {
  name: (wish) => wish,
  refuse: (wish, { value, because }) =>
    new FarmhandError('FIELD_INVALID', `${wish}: ${because}, got ${JSON.stringify(value)}`),
};

/** What is wrong with a field in the words of the code that reads it, as the request's error. */
async function inField<T>(field: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    if (thrown instanceof FarmhandError) throw inWords(field, thrown);
    throw thrown;
  }
}

function inWords(field: string, thrown: unknown): FarmhandError {
  return new FarmhandError('FIELD_INVALID', `${field}: ${coerceError(thrown).message}`, { cause: thrown });
}
