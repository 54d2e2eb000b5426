import { FarmhandError } from '#shared/errors.ts';
import { Sfc32 } from '#shared/rng.ts';
import { findPolicy } from '../policy/catalogue.ts';
import type { Policy, PolicyOptions } from '../policy/policy.ts';
import type { ModelFolder } from './folder.ts';

/** Where a farm's policies come from, by name. */
export interface PolicyShelf {
  /** A policy that has seen nothing. @throws UNKNOWN_POLICY with the names that there are; MODEL_INVALID. */
  find(name: string, options: PolicyOptions): Promise<Policy>;
  /** Names of the trained models, `best` first where there is one to be meant by it. */
  models(): Promise<readonly string[]>;
}

/** The name that stands for the model or rule which best.json names. */
const BEST = 'best';

/**
 * The catalogue's rules, and beside them the models of a folder under their own names. A model decides greedily: it learns
 * nothing on a farm that is at work. `best` is best.json's `default`, because a farm does not know its workload's name;
 * whoever does (`farmhand run`) asks for the model of its family by its own name.
 */
export class RulesAndModels implements PolicyShelf {
  readonly #folder: ModelFolder;

  constructor({ folder }: { folder: ModelFolder }) {
    this.#folder = folder;
  }

  async find(name: string, options: PolicyOptions): Promise<Policy> {
    const meant = name === BEST ? await this.#best() : name;
    const names = await this.#folder.list();
    if (names.includes(meant)) return this.#load(meant);
    try {
      return findPolicy(meant, options);
    } catch (thrown) {
      if (!(thrown instanceof FarmhandError) || names.length === 0) throw thrown;
      const known = (await this.models()).join(', ');
      throw new FarmhandError(thrown.code, `${thrown.message}; or a trained model: ${known}`, { cause: thrown });
    }
  }

  async models(): Promise<readonly string[]> {
    const names = await this.#folder.list();
    return names.length === 0 ? [] : [BEST, ...names];
  }

  async #best(): Promise<string> {
    try {
      return await this.#folder.best('default');
    } catch (cause) {
      if (!(cause instanceof FarmhandError) || cause.code !== 'NOT_FOUND') throw cause;
      const names = (await this.#folder.list()).join(', ') || 'none';
      throw new FarmhandError('UNKNOWN_POLICY', `policy "best": ${cause.message}; trained models are: ${names}`, {
        cause,
      });
    }
  }

  async #load(name: string): Promise<Policy> {
    const { model } = await this.#folder.read(name);
    // Loaded with the first model: rules must not wait for networks.
    const { loadLearner } = await import('../learn/agents.ts');
    // Exploration alone draws from the generator, and there is none.
    const learner = await loadLearner(model, { rng: new Sfc32(0) });
    return { name, usesClock: learner.usesClock, decide: (seen) => learner.decide(seen) };
  }
}
