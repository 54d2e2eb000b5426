import { FarmhandError } from '#shared/errors.ts';
import type { Provenance } from '../learn/provenance.ts';
import type { ModelFolder } from './folder.ts';
import type { Lineage } from './lineage.ts';
import { encodeModelFile } from './model-file.ts';
import { parseReference } from './model-name.ts';
import type { FoundModel, ModelStore, ModelToStore, StoredModel } from './model-store.ts';

/** The version that a shipped model has: what a store keeps under its name begins at 1. */
export const SHIPPED_VERSION = 0;

/** The models that ship, read as a store's: each is version 0 of its folder's name. Nothing can be put in. */
export class ShippedModels implements Pick<ModelStore, 'list' | 'get'> {
  readonly #folder: ModelFolder;

  constructor(folder: ModelFolder) {
    this.#folder = folder;
  }

  /** By name. @throws MODEL_INVALID where one is damaged */
  async list(): Promise<readonly StoredModel[]> {
    const found = [];
    for (const name of await this.#folder.list()) found.push((await this.#read(name)).stored);
    return found;
  }

  async get(reference: string): Promise<FoundModel> {
    const found = await this.find(reference);
    if (found !== null) return found;
    const names = (await this.#folder.list()).join(', ') || 'none';
    throw new FarmhandError('NOT_FOUND', `model ${JSON.stringify(reference)}: no such model ships; ${names} do`);
  }

  /** The model; null where none is meant by the reference. @throws MODEL_INVALID */
  async find(reference: string): Promise<FoundModel | null> {
    const meant = parseReference(reference);
    if (meant === null) return null;
    if (meant.kind === 'version' && meant.version !== SHIPPED_VERSION) return null;
    for (const name of await this.#folder.list()) {
      if (meant.kind !== 'id' && name !== meant.name) continue;
      const found = await this.#read(name);
      if (meant.kind !== 'id' || found.stored.id === meant.id) return found;
    }
    return null;
  }

  async #read(name: string): Promise<FoundModel> {
    const { model, provenance } = await this.#folder.read(name);
    const content = describeModel(name, { model, provenance });
    const { id, bytes } = encodeModelFile(content);
    const { lineage, figures } = content;
    const stored: StoredModel = {
      ...{ id, name, lineage, figures, agent: model.agent, bytes: bytes.byteLength, promoted: true },
      version: SHIPPED_VERSION,
      createdAt: null,
    };
    return { stored, model, bytes };
  }
}

/** A model of a folder as a store would keep it: its provenance, as far as it goes, becomes lineage and figures. */
export function describeModel(
  name: string,
  { model, provenance }: { model: ModelToStore['model']; provenance: Provenance | null },
): ModelToStore {
  const trainedOn = provenance?.trainedOn;
  const lineage: Lineage = {
    source: provenance === null ? 'import' : 'training',
    data: { workload: trainedOn?.workload ?? null, profile: trainedOn?.profile ?? null, sha256: null, live: null },
    reward: trainedOn?.reward ?? null,
    seed: trainedOn?.seed ?? null,
    episodes: trainedOn?.episodes ?? null,
    configSha256: null,
    revision: trainedOn?.revision ?? null,
    parent: null,
  };
  return { name, model, lineage, figures: provenance?.evaluation ?? null };
}
