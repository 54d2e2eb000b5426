import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createProgram } from '../../cli/program.ts';
import { farmConfigSchema } from '#shared/config-schema.ts';
import { screen } from '../cli/support/screen.ts';

interface Row {
  readonly id: string;
  readonly here: string;
  /** What stands in backquotes in the last column. */
  readonly shownBy: readonly string[];
}

/** | R1 | the reference | here | shown by | */
const rows = readFileSync('docs/results/reference.md', 'utf8')
  .split('\n')
  .map((line) => /^\| (R\d+) \| (?:.+?) \| ([^|]+) \|([^|]*)\|$/.exec(line))
  .filter((match) => match !== null)
  .map(([, id = '', here = '', shownBy = '']): Row => {
    return { id, here, shownBy: [...shownBy.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text) };
  });

const named = rows.flatMap(({ id, shownBy }) => shownBy.map((text) => [text, id] as const));
const commands = named.filter(([text]) => text.startsWith('farmhand '));
const paths = named.filter(([text]) => /^[a-z-]+\//.test(text));
const keys = named.filter(([text]) => !text.startsWith('farmhand ') && !text.includes('/'));

const program: Command = createProgram({ streams: screen().streams, version: '' } as Parameters<
  typeof createProgram
>[0]);

describe('the checklist', () => {
  test('numbers its rows from R1 on', () => {
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.map(({ id }) => id)).toEqual(rows.map((_, i) => `R${i + 1}`));
  });

  test.each(rows.map((row) => [row.id, row] as const))(
    '%s is shown by something, or dropped with a reason',
    (_, row) => {
      const dropped = /^dropped: .{20,}/.test(row.here);
      expect(dropped).toBe(row.shownBy.length === 0);
    },
  );

  test.each(paths)('%s exists (%s)', (path) => {
    expect(existsSync(path)).toBe(true);
  });

  test.each(commands)('%s can be typed (%s)', (line) => {
    const words = line.split(' ').slice(1);
    const command = commandOf(words);
    expect(command, `a command of its own: ${line}`).not.toBe(program);
    const known = optionsOf(command);
    const flags = words.filter((word) => word.startsWith('-'));
    expect(flags.filter((flag) => !known.has(flag))).toEqual([]);
  });

  test.each(keys)('%s is a key of farm.yml and of its schema (%s)', (key) => {
    const path = key.split('.');
    expect(at(parse(readFileSync('farm.yml', 'utf8')), path), 'farm.yml').toBeDefined();
    expect(at(farmConfigSchema.parse({}), path), 'schema').toBeDefined();
  });
});

/** The command that these words begin with; the program itself when they begin with none. */
function commandOf(words: readonly string[]): Command {
  let command = program;
  for (const word of words) {
    const below = command.commands.find((each) => each.name() === word);
    if (below === undefined) break;
    command = below;
  }
  return command;
}

function optionsOf(command: Command): Set<string | undefined> {
  return new Set(command.options.flatMap(({ long, short }) => [long, short]));
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], value);
}
