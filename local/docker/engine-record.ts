import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writePrivateFile, type StateFolder } from '../state-folder.ts';

const record = z.strictObject({ dockerHost: z.string().nullable() });

/** Notes, before the first container, at which engine they will be; null: the usual one. Whoever cleans up looks there. */
export function rememberEngine(state: StateFolder, dockerHost: string | undefined): void {
  writePrivateFile(file(state), JSON.stringify({ dockerHost: dockerHost ?? null }));
}

export function forgetEngine(state: StateFolder): void {
  rmSync(file(state), { force: true });
}

/** DOCKER_HOST of a farm whose containers may still be there; null when there is none. */
export function rememberedEngine(state: StateFolder): { dockerHost: string | undefined } | null {
  try {
    const { dockerHost } = record.parse(JSON.parse(readFileSync(file(state), 'utf8')));
    return { dockerHost: dockerHost ?? undefined };
  } catch {
    return null;
  }
}

function file(state: StateFolder): string {
  return join(state.path, 'docker.json');
}
