import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { applyOverrides, defaultConfig, readOverrides, type Override } from './config-overrides.ts';
import { farmConfigSchema, type FarmConfig } from './config-schema.ts';
import { coerceError, FarmhandError } from './errors.ts';
import { describeIssue } from './parse.ts';
import { parseYaml } from './yaml-text.ts';

export type { FarmConfig } from './config-schema.ts';
export { describeIssues } from './parse.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment; the one place that reads it. */
export function processEnvironment(): Environment {
  return process.env;
}

/**
 * Reads farm.yml, applies FARM_<PATH> overrides (config-overrides.ts) and validates the whole.
 * @throws FarmhandError CONFIG_INVALID that names every problem at once, by key, what is allowed and the value found.
 */
export function loadConfig(file: string, environment: Environment = processEnvironment()): FarmConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new FarmhandError('CONFIG_INVALID', `${file}: cannot be read: ${coerceError(cause).message}`, { cause });
  }
  return parseConfig(text, { file, environment });
}

/** loadConfig on the text of a file; `file` is its name for messages. */
export function parseConfig(text: string, source: { file: string; environment: Environment }): FarmConfig {
  const overrides = readOverrides(source.environment);
  const document = applyOverrides(parseFile(text, source.file) ?? {}, overrides);
  const result = farmConfigSchema.safeParse(document);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `${describeIssue(issue, { value: document, defaults: defaultConfig })}${originOf(issue, overrides)}`,
  );
  throw new FarmhandError('CONFIG_INVALID', `${source.file}: ${problems.join('; ')}`);
}

function parseFile(text: string, file: string): unknown {
  try {
    return parseYaml(text);
  } catch (cause) {
    throw new FarmhandError('CONFIG_INVALID', `${file}: not valid YAML: ${coerceError(cause).message}`, { cause });
  }
}

/** Says which variable set the value that an issue is about, so that nobody searches farm.yml for it. */
function originOf(issue: z.core.$ZodIssue, overrides: readonly Override[]): string {
  const override = overrides.find(({ path }) => path.every((key, depth) => issue.path[depth] === key));
  return override === undefined ? '' : ` (set by ${override.variable})`;
}

/** What must not stand in a file that is committed: read from files (OpenFaaS mounts them), never logged. */
export interface Secrets {
  readonly redisUrl: string | null;
  readonly farmToken: string | null;
  readonly gatewayUser: string | null;
  readonly gatewayPassword: string | null;
}

/** Where OpenFaaS mounts a function's secrets; FARM_SECRETS_DIR says otherwise on one machine. */
const OPENFAAS_SECRETS_DIR = '/var/openfaas/secrets';

/**
 * Secrets as files named redis-url, farm-token, basic-auth-user and basic-auth-password; absent ones are null. REDIS_URL
 * stands in for an absent redis-url.
 * @throws FarmhandError CONFIG_INVALID for a secret that is there and cannot be read, or is empty: a farm must not run
 * open because its token's file has the wrong owner.
 */
export function loadSecrets(environment: Environment = processEnvironment()): Secrets {
  const folder = environment['FARM_SECRETS_DIR'] ?? OPENFAAS_SECRETS_DIR;
  const read = (name: string): string | null => readSecret(join(folder, name));
  return {
    redisUrl: read('redis-url') ?? environment['REDIS_URL'] ?? null,
    farmToken: read('farm-token'),
    gatewayUser: read('basic-auth-user'),
    gatewayPassword: read('basic-auth-password'),
  };
}

function readSecret(file: string): string | null {
  let secret: string;
  try {
    secret = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new FarmhandError('CONFIG_INVALID', `secret ${file}: cannot be read: ${code}; check its owner and mode`, {
      cause,
    });
  }
  if (secret === '') throw new FarmhandError('CONFIG_INVALID', `secret ${file}: is empty; write it or delete the file`);
  return secret;
}
