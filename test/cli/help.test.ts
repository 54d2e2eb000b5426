import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../cli/program.ts';
import { farmhand } from './support/command-line.ts';
import { screen } from './support/screen.ts';

/** Every command as it is typed: [], ['run'], ['dead-letters', 'list'], ... A new command has no golden file, and fails. */
function commandLines(): string[][] {
  const program = createProgram({ streams: screen().streams, version: '' } as Parameters<typeof createProgram>[0]);
  const below = (command: Command, path: string[]): string[][] => [
    path,
    ...command.commands.flatMap((each) => below(each, [...path, each.name()])),
  ];
  return below(program, []);
}

describe('--help', () => {
  it.each(commandLines().map((path) => [['farmhand', ...path].join(' '), path] as const))('%s', async (name, path) => {
    const { exitCode, out, err } = await farmhand([...path, '--help']);
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toContain('Examples:');
    await expect(out).toMatchFileSnapshot(`../golden/cli/help-${name.replaceAll(' ', '-')}.txt`);
  });
});
