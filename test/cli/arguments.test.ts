import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { moment, seconds, wholeNumber, wholeNumbers } from '../../cli/arguments.ts';

describe('arguments', () => {
  it.each([
    ['the smallest', wholeNumber(1, 32), '1', 1],
    ['the largest', wholeNumber(1, 32), '32', 32],
    ['seconds', seconds, '2.5', 2.5],
    ['a list', wholeNumbers(16, 4096), '512, 1024', [512, 1024]],
    ['some time ago', moment, '15m', { agoMs: 900_000 }],
    ['a moment', moment, '2026-01-31T12:00:00Z', { atMs: Date.UTC(2026, 0, 31, 12) }],
  ])('reads %s', (_name, parse: (text: string) => unknown, text, value) => {
    expect(parse(text)).toEqual(value);
  });

  it.each([
    ['0 of 1 to 32', wholeNumber(1, 32), '0'],
    ['33 of 1 to 32', wholeNumber(1, 32), '33'],
    ['a word', wholeNumber(1, 32), 'x'],
    ['nothing', wholeNumber(0, 32), ''],
    ['a fraction', wholeNumber(1, 32), '1.5'],
    ['an exponent', wholeNumber(1, 32), '1e1'],
    ['no seconds', seconds, '0'],
    ['negative seconds', seconds, '-1'],
    ['a list with a gap', wholeNumbers(16, 4096), '512,,1024'],
    ['an unknown unit', moment, '15y'],
    ['an impossible date', moment, '2026-13-41T00:00:00Z'],
    ['a date without a time', moment, '2026-01-01'],
  ])('refuses %s', (_name, parse: (text: string) => unknown, text) => {
    expect(() => parse(text)).toThrow(InvalidArgumentError);
  });
});
