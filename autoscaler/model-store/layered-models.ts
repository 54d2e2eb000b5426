import { FarmhandError } from '#shared/errors.ts';
import type { FoundModel, ModelStore, ModelToStore, Promotion, StoredModel } from './model-store.ts';
import { SHIPPED_VERSION, type ShippedModels } from './shipped-models.ts';

/**
 * A store over the models that ship, which nobody can change. A name stands for the store's promoted version, and where there is
 * none for the shipped model. The first promotion of a name that ships keeps a copy of the shipped model as one of its versions,
 * to be rolled back to.
 */
export class LayeredModels implements ModelStore {
  readonly #store: ModelStore;
  readonly #shipped: ShippedModels;

  constructor(layers: { store: ModelStore; shipped: ShippedModels }) {
    this.#store = layers.store;
    this.#shipped = layers.shipped;
  }

  /** The store's, newest first, and then the shipped ones by name. */
  async list(): Promise<readonly StoredModel[]> {
    const stored = await this.#store.list();
    const promoted = new Set(stored.filter((model) => model.promoted).map(({ name }) => name));
    const shipped = await this.#shipped.list();
    return [...stored, ...shipped.map((model) => ({ ...model, promoted: !promoted.has(model.name) }))];
  }

  async get(reference: string): Promise<FoundModel> {
    try {
      return await this.#store.get(reference);
    } catch (thrown) {
      const shipped = isCode(thrown, 'NOT_FOUND') ? await this.#shipped.find(reference) : null;
      if (shipped === null) throw thrown;
      const promoted = (await this.#store.list()).some(
        ({ name, promoted }) => promoted && name === shipped.stored.name,
      );
      return { ...shipped, stored: { ...shipped.stored, promoted: !promoted } };
    }
  }

  put(model: ModelToStore): Promise<StoredModel> {
    return this.#store.put(model);
  }

  /** What the name stands for at first is what can be rolled back to last. */
  async promote(reference: string): Promise<StoredModel> {
    const { stored } = await this.get(reference);
    const shipped = await this.#shipped.find(stored.name);
    const first = shipped !== null && !(await this.#store.list()).some(isPromotedAs(stored.name));
    const copy = first ? await this.#promoteCopy(shipped) : null;
    if (copy?.id === stored.id) return copy;
    return stored.version === SHIPPED_VERSION && shipped !== null
      ? this.#promoteCopy(shipped)
      : this.#store.promote(reference);
  }

  rollback(name: string): Promise<StoredModel> {
    return this.#store.rollback(name);
  }

  async history(name: string): Promise<readonly Promotion[]> {
    try {
      return await this.#store.history(name);
    } catch (thrown) {
      if (isCode(thrown, 'NOT_FOUND') && (await this.#shipped.find(name)) !== null) return [];
      throw thrown;
    }
  }

  async #promoteCopy({ stored, model }: FoundModel): Promise<StoredModel> {
    const { name, lineage, figures } = stored;
    const { id } = await this.#store.put({ name, model, lineage, figures });
    return this.#store.promote(id);
  }
}

function isPromotedAs(named: string): (model: StoredModel) => boolean {
  return ({ name, promoted }) => promoted && name === named;
}

function isCode(thrown: unknown, code: FarmhandError['code']): boolean {
  return thrown instanceof FarmhandError && thrown.code === code;
}
