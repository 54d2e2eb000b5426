import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { FarmhandError } from '#shared/errors.ts';
import type { SecretStore } from './secret-store.ts';

/**
 * What a function sees of the secrets: a folder of its own with a link to each secret that its deployment names, and to no
 * other. Links, so that an updated secret is seen without a new deployment, as in Kubernetes' mounts.
 */
export class SecretMounts {
  readonly #folder: string;
  readonly #store: SecretStore;

  constructor(folder: string, store: SecretStore) {
    this.#folder = folder;
    this.#store = store;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
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
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const present = readdirSync(folder);
    for (const name of present) if (!secrets.includes(name)) rmSync(join(folder, name));
    const added = new Set(secrets.filter((name) => !present.includes(name)));
    for (const name of added) symlinkSync(this.#store.pathOf(name), join(folder, name));
  }

  unmount(fn: string): void {
    rmSync(this.folderOf(fn), { recursive: true, force: true });
  }
}
