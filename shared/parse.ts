import { z } from 'zod';

/**
 * An object that takes these keys and no others. Its messages list the keys, so that whoever mistyped one sees the right
 * one beside it.
 */
export function closedObject<Shape extends z.ZodRawShape>(shape: Shape) {
  const keys = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unrecognised key ${issue.keys.map((key) => `"${key}"`).join(', ')}; allowed: ${keys}`
        : `expected a section with the keys ${keys}`,
  });
}

/**
 * Some of a schema's keys: each may be left out, and none has its default, so that what is given can stand over other
 * settings. Rules between keys are for whoever parses the whole.
 */
export function someKeysOf(schema: z.ZodObject): z.ZodType<Record<string, unknown>, Record<string, unknown>> {
  const shape = Object.entries(schema.shape as Record<string, z.ZodType>).map(([key, value]) => {
    const bare = value instanceof z.ZodDefault ? (value.unwrap() as z.ZodType) : value;
    return [key, bare.optional()] as const;
  });
  return closedObject(Object.fromEntries(shape));
}

/** Whether a value is a section: a map of keys, not a list and not null. */
export function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Levels of lists and sections that anybody may send within each other: what reads them calls itself for each level. */
const MOST_LEVELS = 200;

/** Says which key of a value holds more levels than are allowed; null: none does. */
export function describeDepth(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const deep = Object.entries(value).find(([, under]) => isDeeper(under, MOST_LEVELS));
  return deep === undefined ? null : `${deep[0]}: expected at most ${MOST_LEVELS} levels of lists and sections`;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((under) => isDeeper(under, levels - 1));
}

/**
 * Zod's issues as sentences that name the key, what is allowed and the value found.
 * @param under where the value stands in a larger document ("arrivals.0.rate"); nothing when it is the whole.
 */
export function describeIssues(error: z.ZodError, value: unknown, under = ''): string {
  return error.issues.map((issue) => describeIssue(issue, { value, under })).join('; ');
}

export interface IssueContext {
  /** What was parsed. */
  readonly value: unknown;
  /** A rule between two keys can fail on one that the value leaves to its default; then the sentence shows that. */
  readonly defaults?: unknown;
  readonly under?: string;
}

/** One issue: "control.stepDurationS: expected a time in s over 0, got -1". */
export function describeIssue(issue: z.core.$ZodIssue, { value, defaults, under = '' }: IssueContext): string {
  const key = [...(under === '' ? [] : [under]), ...issue.path.map(String)].join('.');
  const place = key === '' ? 'the document' : key;
  if (issue.code === 'unrecognized_keys') return `${place}: ${issue.message}`;
  const found = valueAt(value, issue.path);
  const fallback = issue.code === 'custom' ? valueAt(defaults, issue.path) : undefined;
  const got = found === undefined && fallback !== undefined ? `the default ${shown(fallback)}` : shown(found);
  return `${place}: ${issue.message}, got ${got}`;
}

const LONGEST_SHOWN = 80;

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  // JSON has no word for these two, and would show them as null.
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return typeof value;
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN - 3)}...` : text;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at: unknown = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}
