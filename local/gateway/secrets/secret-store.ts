import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FarmhandError } from '#shared/errors.ts';
import { secretName } from '../deployment.ts';

/**
 * Secrets as files of one folder that only its owner may read (0700, files 0600). Values go in and never come out again.
 * Synchronous on purpose: a secret is a few bytes, and each change is then one step towards requests that run beside it.
 */
export class SecretStore {
  readonly #folder: string;
  #changed: (name: string) => void = () => undefined;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  }

  /** Calls `listener`, the one that there is, after a secret was made, replaced or deleted. */
  onChange(listener: (name: string) => void): void {
    this.#changed = listener;
  }

  /** Alphabetical. */
  names(): string[] {
    return readdirSync(this.#folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && secretName.safeParse(entry.name).success)
      .map((entry) => entry.name)
      .sort();
  }

  has(name: string): boolean {
    return existsSync(this.pathOf(name));
  }

  /** @throws FarmhandError CONFLICT when it exists. */
  create(name: string, value: Buffer): void {
    if (this.has(name)) throw new FarmhandError('CONFLICT', `secret ${name} exists; update it with PUT`);
    this.#write(name, value);
  }

  /** @throws FarmhandError NOT_FOUND */
  update(name: string, value: Buffer): void {
    this.#mustExist(name);
    this.#write(name, value);
  }

  /** @throws FarmhandError NOT_FOUND */
  remove(name: string): void {
    this.#mustExist(name);
    rmSync(this.pathOf(name));
    this.#changed(name);
  }

  /** @throws FarmhandError BODY_INVALID for a name that is none: it must not lead out of the folder. */
  pathOf(name: string): string {
    const parsed = secretName.safeParse(name);
    if (parsed.success) return join(this.#folder, parsed.data);
    throw new FarmhandError('BODY_INVALID', `name: ${parsed.error.issues[0]?.message ?? 'not a secret name'}`);
  }

  #mustExist(name: string): void {
    if (!this.has(name)) throw new FarmhandError('NOT_FOUND', `secret ${name} does not exist`);
  }

  /** Under another name first, then in place in one step: no reader sees half a value. */
  #write(name: string, value: Buffer): void {
    const path = this.pathOf(name);
    const unfinished = join(this.#folder, `.${name}.new`);
    rmSync(unfinished, { force: true });
    writeFileSync(unfinished, value, { mode: 0o600, flag: 'wx' });
    renameSync(unfinished, path);
    this.#changed(name);
  }
}
