import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadSecrets } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { writePrivateFile } from './state-folder.ts';

/** What a client needs to talk to a farm on this machine. Never logged, never an argument of a process. */
export interface FarmSecrets {
  readonly redisUrl: string;
  readonly farmToken: string;
  readonly gatewayUser: string;
  readonly gatewayPassword: string;
}

/**
 * Makes the farm's secrets in `folder`, under the names and in the form in which OpenFaaS mounts them. Those that are there stay, so
 * that a script that holds the token outlives a restart; `redis-url` is written each time.
 */
export function makeSecrets(folder: string, redisUrl: string): FarmSecrets {
  const made = { 'farm-token': randomToken(), 'basic-auth-user': 'admin', 'basic-auth-password': randomToken() };
  for (const [name, value] of Object.entries(made)) {
    const file = join(folder, name);
    if (existsSync(file)) chmodSync(file, 0o600);
    else writePrivateFile(file, value);
  }
  writePrivateFile(join(folder, 'redis-url'), redisUrl);
  return readSecrets(folder);
}

/** Throws CONFIG_INVALID when one is missing or empty. */
export function readSecrets(folder: string): FarmSecrets {
  const { redisUrl, farmToken, gatewayUser, gatewayPassword } = loadSecrets({ FARM_SECRETS_DIR: folder });
  if (!redisUrl || !farmToken || !gatewayUser || !gatewayPassword) {
    throw new FarmhandError(
      'CONFIG_INVALID',
      `${folder}: expected the files redis-url, farm-token, basic-auth-user and basic-auth-password, none empty; ` +
        `run 'farmhand down', delete the folder, and start again`,
    );
  }
  return { redisUrl, farmToken, gatewayUser, gatewayPassword };
}

/** 256 bits, safe in a URL and a header. */
function randomToken(): string {
  return randomBytes(32).toString('base64url');
}
