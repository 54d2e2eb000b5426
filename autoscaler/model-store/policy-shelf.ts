import { FarmhandError } from '#shared/errors.ts';
import { Sfc32 } from '#shared/rng.ts';
import type { SavedModel } from '../learn/saved-model.ts';
import { findPolicy } from '../policy/catalogue.ts';
import type { Policy, PolicyOptions } from '../policy/policy.ts';
import type { ModelFolder } from './folder.ts';
import { LayeredModels } from './layered-models.ts';
import { isRuleName, parseReference } from './model-name.ts';
import type { FoundModel, ModelStore } from './model-store.ts';
import { ShippedModels } from './shipped-models.ts';

/** A policy, and the model that it is. */
export interface ShelfPolicy extends Policy {
  /** `sha256-…`; null for a rule. */
  readonly model: string | null;
  /** The model itself, for whoever runs it elsewhere or learns on from it; a rule has none. */
  readonly found?: Pick<FoundModel, 'stored' | 'model'>;
}

/** Where a farm's policies come from, by name. */
export interface PolicyShelf {
  /**
   * A policy that has seen nothing. `name`: a rule's, or a model's as the model store takes it (`sarsa`, `sarsa@3`, an id).
   * @throws UNKNOWN_POLICY with the names that there are; MODEL_INVALID.
   */
  find(name: string, options: PolicyOptions): Promise<ShelfPolicy>;
  /** What models are called, `best` first where there is one to be meant by it. */
  models(): Promise<readonly string[]>;
}

/** The name that stands for the model or rule which best.json names. */
const BEST = 'best';

/**
 * The catalogue's rules, and beside them models: those that ship, under the names of their folders, and over them those of a store.
 * A model decides greedily: it learns nothing on a farm that is at work. `best` is best.json's `default`, because a farm
 * does not know its workload's name; whoever does (`farmhand run`) asks for the model of its family by its own name.
 */
export class RulesAndModels implements PolicyShelf {
  readonly #folder: ModelFolder;
  readonly #models: Pick<ModelStore, 'get' | 'list'>;

  /** @param parts.store nothing: only what ships */
  constructor({ folder, store }: { folder: ModelFolder; store?: ModelStore }) {
    const shipped = new ShippedModels(folder);
    this.#folder = folder;
    this.#models = store === undefined ? shipped : new LayeredModels({ store, shipped });
  }

  async find(name: string, options: PolicyOptions): Promise<ShelfPolicy> {
    const meant = name === BEST ? await this.#best() : name;
    if (parseReference(meant) !== null && !isRuleName(meant)) {
      try {
        return await this.#load(meant);
      } catch (thrown) {
        if (!(thrown instanceof FarmhandError) || thrown.code !== 'NOT_FOUND') throw thrown;
      }
    }
    try {
      return asShelfPolicy(findPolicy(meant, options));
    } catch (thrown) {
      if (!(thrown instanceof FarmhandError) || thrown.code !== 'UNKNOWN_POLICY') throw thrown;
      const known = (await this.models()).join(', ');
      if (known === '') throw thrown;
      throw new FarmhandError(thrown.code, `${thrown.message}; or a trained model: ${known}`, { cause: thrown });
    }
  }

  async models(): Promise<readonly string[]> {
    const models = await this.#models.list();
    const called = models.map(({ name, version, promoted }) => (promoted ? name : `${name}@${version}`));
    return called.length === 0 ? [] : [BEST, ...called.sort()];
  }

  async #best(): Promise<string> {
    try {
      return await this.#folder.best('default');
    } catch (cause) {
      if (!(cause instanceof FarmhandError) || cause.code !== 'NOT_FOUND') throw cause;
      const names = (await this.models()).filter((name) => name !== BEST).join(', ') || 'none';
      throw new FarmhandError('UNKNOWN_POLICY', `policy "best": ${cause.message}; trained models are: ${names}`, {
        cause,
      });
    }
  }

  /** Called as it was asked for; a model that was asked for by its id, by name and version. */
  async #load(reference: string): Promise<ShelfPolicy> {
    const { stored, model } = await this.#models.get(reference);
    const called = parseReference(reference)?.kind === 'id' ? `${stored.name}@${stored.version}` : reference;
    return { ...(await greedy(called, model)), model: stored.id, found: { stored, model } };
  }
}

async function greedy(name: string, model: SavedModel): Promise<Policy> {
  // Loaded with the first model: rules must not wait for networks.
  const { loadLearner } = await import('../learn/agents.ts');
  // Exploration alone draws from the generator, and there is none.
  const learner = await loadLearner(model, { rng: new Sfc32(0) });
  return { name, usesClock: learner.usesClock, decide: (seen) => learner.decide(seen) };
}

/** A rule as a shelf has it. */
export function asShelfPolicy(rule: Policy): ShelfPolicy {
  const { name, usesClock } = rule;
  return { name, usesClock, model: null, decide: (seen) => rule.decide(seen) };
}
