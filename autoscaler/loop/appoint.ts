import type { Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { PolicyShelf, ShelfPolicy } from '../model-store/policy-shelf.ts';
import type { TrainedPopulation } from '../shield/drift/drift-watch.ts';
import type { ModelFacts } from '../shield/make-supervisor.ts';
import { LocalAdviser, type Adviser } from './adviser.ts';
import type { EpisodeSettings } from './settings.ts';
import { ThreadAdviser, type ThreadAdviserOptions } from './thread-adviser.ts';

export interface AppointParts {
  readonly policies: Pick<PolicyShelf, 'find'>;
  /** What the workload of that name is like; null: nobody knows it (any more). */
  readonly populationOf: (workload: string) => TrainedPopulation | null;
  readonly clock: Clock;
  readonly log: Logger;
  readonly withinMs: number;
  /** How a model learns on at work; nothing, or null for a model: it stays as it is. */
  readonly learning?: ((policy: ShelfPolicy, settings: EpisodeSettings) => LearnsOn | null) | undefined;
  /** What a model's thread runs; nothing: policy-thread.ts. Measurements put policies there that fail. */
  readonly module?: URL;
}

export type LearnsOn = NonNullable<ThreadAdviserOptions['learning']>;

/** A policy that is ready to be asked. */
export interface Appointed {
  readonly adviser: Adviser;
  /** Null: it is a rule. */
  readonly model: ModelFacts | null;
}

/**
 * Finds a policy and puts it where it can do no harm: a rule is ours and runs in this thread, a model in one of its own.
 * @throws UNKNOWN_POLICY, MODEL_INVALID
 */
export async function appoint(name: string, settings: EpisodeSettings, parts: AppointParts): Promise<Appointed> {
  const policy = await parts.policies.find(name, settings);
  if (policy.model === null) return { adviser: new LocalAdviser(policy, parts), model: null };
  const { found } = policy;
  const { learning: learnsOn, ...rest } = parts;
  const learning = learnsOn?.(policy, settings) ?? null;
  const adviser =
    found === undefined
      ? new LocalAdviser(policy, parts)
      : await ThreadAdviser.start({
          ...{ ...rest, name: policy.name, id: policy.model, model: found.model },
          ...(learning !== null && { learning }),
        });
  return { adviser, model: factsOf(policy, parts) };
}

/** @throws UNKNOWN_POLICY for a model too: what takes over from models must not be one */
export async function appointSafe(settings: EpisodeSettings, parts: AppointParts): Promise<Adviser> {
  const policy = await parts.policies.find(settings.safePolicy, settings);
  if (policy.model === null) return new LocalAdviser(policy, parts);
  throw new FarmhandError(
    'UNKNOWN_POLICY',
    `control.safePolicy: ${settings.safePolicy} is a trained model; expected a rule, which takes over when a model fails`,
  );
}

function factsOf({ found }: ShelfPolicy, { populationOf }: AppointParts): ModelFacts {
  if (found === undefined) return { trained: null, qos: null, createdAt: null };
  const { lineage, figures, createdAt } = found.stored;
  const { workload } = lineage.data;
  const qos = figures?.['qos'];
  return {
    trained: workload === null ? null : populationOf(workload),
    qos: typeof qos === 'number' ? qos : null,
    createdAt,
  };
}
