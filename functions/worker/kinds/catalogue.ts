import { PermanentError, type TaskKind } from './kind.ts';

/** The task kinds that a worker can run, by name. */
export interface KindCatalogue {
  readonly names: readonly string[];
  /**
   * The kind of that name, loaded and warm, so that what a kind costs to load never counts as a task's service time.
   * Rejects with PermanentError when there is none.
   */
  find(name: string): Promise<TaskKind>;
}

/** Loads one kind. A loader imports its file lazily: an idle worker must not carry the libraries of kinds it never runs. */
type KindLoader = () => Promise<TaskKind>;

/** Add a kind of your own here: docs/task-kinds.md. */
const shippedKinds: Readonly<Record<string, KindLoader>> = {
  image: async () => (await import('./image.ts')).loadImageKind(),
  calibrated: async () => (await import('./calibrated.ts')).calibratedKind,
};

export function createCatalogue(loaders: Readonly<Record<string, KindLoader>> = shippedKinds): KindCatalogue {
  const byName = new Map(Object.entries(loaders));
  const loaded = new Map<string, Promise<TaskKind>>();
  const names = [...byName.keys()];
  return {
    names,
    async find(name) {
      const load = byName.get(name);
      if (load === undefined) throw new PermanentError(`no task kind "${name}"; the kinds are ${names.join(', ')}`);
      let kind = loaded.get(name);
      if (kind === undefined) {
        kind = load();
        loaded.set(name, kind);
        // A failed load is not remembered: the next task tries again.
        kind.catch(() => loaded.delete(name));
      }
      return kind;
    },
  };
}
