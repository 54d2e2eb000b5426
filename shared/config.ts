import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { farmConfigSchema, type FarmConfig } from './config-schema.ts';
import { FarmhandError } from './errors.ts';

export type { FarmConfig } from './config-schema.ts';

/** What must not stand in a file that is committed: read from files (OpenFaaS mounts them), never logged. */
export interface Secrets {
  readonly redisUrl: string | null;
  readonly farmToken: string | null;
  readonly gatewayUser: string | null;
  readonly gatewayPassword: string | null;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment; the one place that reads it. */
export function processEnvironment(): Environment {
  return process.env;
}

/** Default of OpenFaaS; FARM_SECRETS_DIR on one machine. */
const OPENFAAS_SECRETS_DIR = '/var/openfaas/secrets';

/**
 * Reads farm.yml, applies FARM_<PATH> overrides (FARM_CONTROL_STEPDURATIONS=2 sets control.stepDurationS) and validates the
 * whole. Every problem is named at once, by key, value and what is allowed.
 */
export function loadConfig(file: string, environment: Environment = processEnvironment()): FarmConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new FarmhandError('CONFIG_INVALID', `${file}: cannot be read`, { cause });
  }
  return parseConfig(text, { file, environment });
}

export function parseConfig(text: string, source: { file: string; environment: Environment }): FarmConfig {
  const document = parseDocument(text);
  const syntax = document.errors[0];
  if (syntax !== undefined) {
    throw new FarmhandError('CONFIG_INVALID', `${source.file}: not valid YAML: ${syntax.message}`);
  }
  const raw: unknown = document.toJS() ?? {};
  const overridden = applyOverrides(raw, source.environment);
  const result = farmConfigSchema.safeParse(overridden);
  if (result.success) return result.data;
  throw new FarmhandError('CONFIG_INVALID', `${source.file}: ${describeIssues(result.error, overridden)}`);
}

/** Zod's issues as sentences that name the key, the value found and what is allowed. */
export function describeIssues(error: z.ZodError, value: unknown): string {
  return error.issues
    .map((issue) => {
      const key = issue.path.map(String).join('.');
      const found = issue.code === 'unrecognized_keys' ? '' : `, got ${shown(valueAt(value, issue.path))}`;
      return `${key === '' ? 'the document' : key}: ${issue.message}${found}`;
    })
    .join('; ');
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return typeof value;
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at: unknown = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}

/**
 * FARM_CONTROL_STEPDURATIONS=2 sets control.stepDurationS: path words in upper case, joined by `_`. A value is read as
 * YAML, so numbers, lists and `null` work. A FARM_ name that matches no key is refused, except the names of files and
 * places below, which are not keys of farm.yml.
 */
const notKeys = new Set(['FARM_SECRETS_DIR', 'FARM_FILE', 'FARM_FUNCTION', 'FARM_INSTANCE', 'FARM_STATE_DIR']);

function applyOverrides(raw: unknown, environment: Environment): unknown {
  const root = typeof raw === 'object' && raw !== null ? structuredClone(raw) : raw;
  if (typeof root !== 'object' || root === null) return root;
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('FARM_') || value === undefined || notKeys.has(name)) continue;
    const path = keyPath(name.slice('FARM_'.length).toLowerCase().split('_'));
    if (path === null) {
      throw new FarmhandError('CONFIG_INVALID', `${name}: no key of farm.yml has this name; see the keys in farm.yml`);
    }
    setAt(root as Record<string, unknown>, path, parseDocument(value).toJS() as unknown);
  }
  return root;
}

function setAt(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = root;
  for (const key of path.slice(0, -1)) {
    const next = at[key];
    if (typeof next === 'object' && next !== null) {
      at = next as Record<string, unknown>;
    } else {
      const made: Record<string, unknown> = {};
      at[key] = made;
      at = made;
    }
  }
  const last = path.at(-1);
  if (last !== undefined) at[last] = value;
}

const defaults: FarmConfig = farmConfigSchema.parse({});

/** The path in farm.yml whose words are these, whatever their case; null when there is none. */
function keyPath(words: readonly string[]): string[] | null {
  const path: string[] = [];
  let at: unknown = defaults;
  for (const word of words) {
    if (typeof at !== 'object' || at === null) return null;
    const key = Object.keys(at).find((candidate) => candidate.toLowerCase() === word);
    if (key === undefined) return null;
    path.push(key);
    at = (at as Record<string, unknown>)[key];
  }
  return path;
}

/** Secrets as files named redis-url, farm-token, basic-auth-user and basic-auth-password; absent ones are null. */
export function loadSecrets(environment: Environment = processEnvironment()): Secrets {
  const folder = environment['FARM_SECRETS_DIR'] ?? OPENFAAS_SECRETS_DIR;
  const read = (name: string): string | null => {
    try {
      return readFileSync(join(folder, name), 'utf8').trim();
    } catch {
      return null;
    }
  };
  return {
    redisUrl: read('redis-url') ?? environment['REDIS_URL'] ?? null,
    farmToken: read('farm-token'),
    gatewayUser: read('basic-auth-user'),
    gatewayPassword: read('basic-auth-password'),
  };
}
