import { describe, expect, it } from 'vitest';
import { FarmhandError } from '#shared/errors.ts';
import { describeFailure } from '../../cli/failure.ts';
import { Interrupted } from '../../cli/interrupted.ts';

describe('describeFailure', () => {
  it.each([
    ['an error of ours', new FarmhandError('FARM_DOWN', 'no farm is up'), 'farmhand: no farm is up (FARM_DOWN)', 3],
    ['several lines', new FarmhandError('USAGE', 'one\n  two'), 'farmhand: one two (USAGE)', 2],
    ['an interruption', new Interrupted('SIGTERM'), 'farmhand: stopped by SIGTERM (INTERRUPTED)', 143],
    ['a defect', new TypeError('x is undefined'), 'farmhand: x is undefined; --debug shows where (INTERNAL)', 70],
    ['a thrown string', 'boom', 'farmhand: boom; --debug shows where (INTERNAL)', 70],
  ])('says %s in one line', (_name, thrown, text, exitCode) => {
    expect(describeFailure(thrown, { debug: false })).toMatchObject({ text, exitCode });
  });

  it('shows the stack and its causes with --debug only', () => {
    const error = new FarmhandError('INTERNAL', 'outer', { cause: new Error('inner') });
    const { text } = describeFailure(error, { debug: true });
    expect(text).toContain('failure.test.ts');
    expect(text).toContain('caused by: Error: inner');
  });
});
