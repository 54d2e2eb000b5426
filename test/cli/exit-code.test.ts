import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorRegistry, type ErrorCode } from '#shared/errors.ts';
import { EXIT, exitCodeFor } from '../../cli/exit-code.ts';
import { createProgram } from '../../cli/program.ts';
import { projectRoot } from './support/command-line.ts';
import { screen } from './support/screen.ts';

const page = readFileSync(join(projectRoot, 'docs', 'cli.md'), 'utf8');

/** Rows of the page's tables whose first cell is a number: [code, when, error codes]. */
const rows = page
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, first]) => /^\d+$/.test(first ?? ''))
  .map(([, code, , errors = '']) => ({ code: Number(code), errors: errors.split(', ').filter((each) => each !== '') }));

describe('docs/cli.md', () => {
  it('lists every exit code', () => {
    expect(rows.map(({ code }) => code)).toEqual(Object.values(EXIT));
  });

  it('lists every error code under its exit code', () => {
    const documented = rows.flatMap(({ code, errors }) => errors.map((error) => [error, code] as const));
    const real = (Object.keys(errorRegistry) as ErrorCode[]).map((error) => [error, exitCodeFor(error)] as const);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(real));
    expect(documented).toHaveLength(real.length);
  });

  it('lists every command', () => {
    const program = createProgram({ streams: screen().streams, version: '' } as Parameters<typeof createProgram>[0]);
    for (const command of program.commands) {
      const names =
        command.commands.length === 0
          ? [command.name()]
          : command.commands.map((each) => `${command.name()} ${each.name()}`);
      for (const name of names) expect(page).toContain(`\`${name}`);
    }
  });
});
