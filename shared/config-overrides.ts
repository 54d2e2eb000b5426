import { farmConfigSchema, type FarmConfig } from './config-schema.ts';
import { coerceError, FarmhandError } from './errors.ts';
import { isSection } from './parse.ts';
import { parseYaml } from './yaml-text.ts';

/**
 * FARM_<PATH> variables over the keys of farm.yml: FARM_CONTROL_STEPDURATIONS=2 sets control.stepDurationS, its words in
 * upper case and joined by `_`. Only a key with a value can be set so, not a whole section. The text is read as YAML, so
 * numbers, lists and `null` work; where the default is a text, it is taken as it stands.
 */
export interface Override {
  readonly variable: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

/**
 * Variables that begin with FARM_ and are no keys: they say where files are, what a process is called, and (in stack.yml) where
 * images are.
 */
export const placeVariables: ReadonlySet<string> = new Set([
  'FARM_SECRETS_DIR',
  'FARM_FILE',
  'FARM_FUNCTION',
  'FARM_INSTANCE',
  'FARM_STATE_DIR',
  'FARM_REGISTRY',
  'FARM_TAG',
]);

/** What holds where farm.yml and the environment say nothing. */
export const defaultConfig: FarmConfig = farmConfigSchema.parse({});

/** Every key that can be set, by the name of its variable. */
export const overridable: ReadonlyMap<string, { path: readonly string[]; fallback: unknown }> = new Map(
  leavesOf(defaultConfig, []).map((leaf) => [`FARM_${leaf.path.join('_').toUpperCase()}`, leaf]),
);

/** @throws FarmhandError CONFIG_INVALID for a FARM_ variable that names no key, or whose text is not valid YAML. */
export function readOverrides(environment: Readonly<Record<string, string | undefined>>): Override[] {
  const overrides: Override[] = [];
  for (const [variable, text] of Object.entries(environment)) {
    if (text === undefined || !variable.startsWith('FARM_') || placeVariables.has(variable)) continue;
    const key = overridable.get(variable);
    if (key === undefined) throw new FarmhandError('CONFIG_INVALID', unknownVariable(variable));
    const value = typeof key.fallback === 'string' ? text : parseValue(variable, text);
    overrides.push({ variable, path: key.path, value });
  }
  return overrides;
}

/** The document with the overrides set; the document itself stays as it is. */
export function applyOverrides(document: unknown, overrides: readonly Override[]): unknown {
  if (!isSection(document)) return document;
  const copy = structuredClone(document);
  for (const { path, value } of overrides) setAt(copy, path, value);
  return copy;
}

function parseValue(variable: string, text: string): unknown {
  try {
    return parseYaml(text);
  } catch (cause) {
    throw new FarmhandError('CONFIG_INVALID', `${variable}: not a YAML value: ${coerceError(cause).message}`, {
      cause,
    });
  }
}

/** Names the variables of the same section, since it is mostly the end of the name that is mistyped. */
function unknownVariable(variable: string): string {
  const section = variable.split('_').slice(0, 2).join('_');
  const all = [...overridable.keys()];
  const near = all.filter((name) => name.startsWith(`${section}_`));
  const known = near.length > 0 ? near : [...new Set(all.map((name) => name.split('_').slice(0, 2).join('_')))];
  const kind = near.length > 0 ? `under ${section} are` : 'sections and keys begin with';
  return `${variable}: no key of farm.yml has this name; ${kind} ${known.join(', ')}`;
}

function leavesOf(value: unknown, path: readonly string[]): { path: readonly string[]; fallback: unknown }[] {
  if (!isSection(value)) return [{ path, fallback: value }];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

/** Sets the value at the path. A section that is no map stays as it is, for the schema to complain of. */
function setAt(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    root[key] = value;
    return;
  }
  const section = root[key] ?? {};
  root[key] = section;
  if (isSection(section)) setAt(section, rest, value);
}
