import { chmodSync, copyFileSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FarmhandError } from '#shared/errors.ts';
import type { SecretStore } from './secret-store.ts';

/**
 * What a function sees of the secrets: a folder of its own with a copy of each secret that its deployment names, and of no
 * other. A secret that changes is copied anew at once, as in Kubernetes' mounts. Copies, and readable by everybody who gets
 * there: the user in a container is not ours, and a link would lead out of what the container sees. On this machine only the
 * owner gets there, for the folder above is closed (0700).
 */
export class SecretMounts {
  readonly #folder: string;
  readonly #store: SecretStore;
  /** Function → names. */
  readonly #mounted = new Map<string, readonly string[]>();

  constructor(folder: string, store: SecretStore) {
    this.#folder = folder;
    this.#store = store;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    store.onChange((name) => {
      for (const [fn, names] of this.#mounted) if (names.includes(name)) this.#copy(fn, name);
    });
  }

  folderOf(fn: string): string {
    return join(this.#folder, fn);
  }

  /** @throws FarmhandError BODY_INVALID that names a secret which does not exist; nothing is changed. */
  mount(fn: string, secrets: readonly string[]): void {
    const missing = secrets.find((name) => !this.#store.has(name));
    if (missing !== undefined) {
      throw new FarmhandError(
        'BODY_INVALID',
        `secrets: ${missing} does not exist; create it first (POST /system/secrets)`,
      );
    }
    const folder = this.folderOf(fn);
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755);
    for (const name of readdirSync(folder)) if (!secrets.includes(name)) rmSync(join(folder, name));
    this.#mounted.set(fn, secrets);
    for (const name of secrets) this.#copy(fn, name);
  }

  unmount(fn: string): void {
    this.#mounted.delete(fn);
    rmSync(this.folderOf(fn), { recursive: true, force: true });
  }

  /** In one step, so that no reader sees half a value; a secret that was deleted goes. */
  #copy(fn: string, name: string): void {
    const file = join(this.folderOf(fn), name);
    if (!this.#store.has(name)) {
      rmSync(file, { force: true });
      return;
    }
    const unfinished = join(this.#folder, `.${fn}.new`);
    copyFileSync(this.#store.pathOf(name), unfinished);
    chmodSync(unfinished, 0o444);
    renameSync(unfinished, file);
  }
}
