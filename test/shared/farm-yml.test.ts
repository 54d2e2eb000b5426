import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { overridable } from '#shared/config-overrides.ts';
import { loadConfig, parseConfig } from '#shared/config.ts';
import type { FarmhandError } from '#shared/errors.ts';
import { referencePhases } from '#shared/workload/phase-definition.ts';

const FILE = 'farm.yml';
const text = readFileSync(FILE, 'utf8');
const lines = text.split('\n');
const defaults = parseConfig('', { file: FILE, environment: {} });

/** The comment right above each key of the file, by the key's path. */
function comments(): Map<string, string> {
  const counter = new LineCounter();
  const found = new Map<string, string>();
  const visit = (node: unknown, path: readonly string[]): void => {
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      if (!isScalar(key)) continue;
      const here = [...path, String(key.value)];
      found.set(here.join('.'), commentAbove(counter.linePos(key.range![0]).line - 1));
      visit(value, here);
    }
  };
  visit(parseDocument(text, { lineCounter: counter }).contents, []);
  return found;
}

function commentAbove(line: number): string {
  const above: string[] = [];
  for (let at = line - 1; at >= 0 && /^\s*#/.test(lines[at]!); at -= 1)
    above.unshift(lines[at]!.replace(/^\s*# ?/, ''));
  return above.join(' ');
}

/** What the schema says is allowed: its answer to a value that no key takes. */
function allowed(path: readonly string[]): string {
  const document = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), { not: 'a value' });
  try {
    parseConfig(JSON.stringify(document), { file: FILE, environment: {} });
  } catch (error) {
    const sentence = /: expected (.+?), got /.exec((error as FarmhandError).message)?.[1];
    if (sentence !== undefined) return sentence;
    throw error;
  }
  throw new Error(`${path.join('.')} takes anything`);
}

test('the file is the defaults, no more and no less', () => {
  const written = parseDocument(text).toJS() as typeof defaults;
  expect(loadConfig(FILE, {})).toEqual(written);
  // `farmhand calibrate --apply` writes this machine's own fit.
  const { imageModel } = defaults.workload;
  expect({ ...written, workload: { ...written.workload, imageModel } }).toEqual(defaults);
});

describe('each key', () => {
  const documented = comments();

  test.each([...overridable.values()].map(({ path }) => ({ key: path.join('.'), path })))(
    '$key says what is allowed, what the reference calls it and who reads it',
    ({ key, path }) => {
      const comment = documented.get(key);
      expect(comment).toMatch(/Allowed: .+\. Reference: .+\. Used by: .+\.$/);
      expect(/Allowed: (.+)\. Reference: /.exec(comment!)![1]).toBe(allowed(path));
    },
  );

  test("a phase's keys are explained above the list", () => {
    const comment = documented.get('workload.phases')!;
    for (const key of new Set(referencePhases.flatMap((phase) => Object.keys(phase)))) expect(comment).toContain(key);
  });
});

test('no line is too wide to read', () => {
  expect(lines.filter((line) => line.length > 130)).toEqual([]);
});
