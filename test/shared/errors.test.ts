import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { coerceError, errorRegistry, FarmhandError, type ErrorCode } from '#shared/errors.ts';

/** The rows of the table in docs/errors.md: | `CODE` | status | meaning | what to do | */
function documented(): { code: string; status: number; meaning: string; remedy: string }[] {
  return readFileSync('docs/errors.md', 'utf8')
    .split('\n')
    .map((line) => /^\| `([A-Z_]+)` \| (\d+) \| (.+?) \| (.+?) \|$/.exec(line))
    .filter((match) => match !== null)
    .map(([, code, status, meaning, remedy]) => ({
      code: code!,
      status: Number(status),
      meaning: meaning!,
      remedy: remedy!,
    }));
}

describe('docs/errors.md', () => {
  test('lists the registry, row by row and in its order', () => {
    const registered = Object.entries(errorRegistry).map(([code, { status, meaning }]) => ({ code, status, meaning }));
    expect(documented().map(({ code, status, meaning }) => ({ code, status, meaning }))).toEqual(registered);
  });

  test('says what to do about each', () => {
    expect(documented().filter(({ remedy }) => remedy.trim().length < 10)).toEqual([]);
  });
});

describe('the registry', () => {
  test.each(Object.keys(errorRegistry) as ErrorCode[])('%s travels with a status of failure', (code) => {
    const error = new FarmhandError(code, 'what failed');
    expect(error).toMatchObject({
      name: 'FarmhandError',
      code,
      message: 'what failed',
      status: errorRegistry[code].status,
    });
    expect(error.status).toBeGreaterThanOrEqual(400);
    expect(error.status).toBeLessThan(600);
  });
});

describe('coerceError', () => {
  test('gives an Error back as it is', () => {
    const error = new TypeError('broken');
    expect(coerceError(error)).toBe(error);
  });

  test.each([
    { name: 'a text', thrown: 'no luck', message: 'no luck' },
    { name: 'an object', thrown: { code: 7 }, message: 'thrown value: {"code":7}' },
    { name: 'nothing', thrown: undefined, message: 'thrown value: undefined' },
  ])('turns $name into an Error that keeps it as the cause', ({ thrown, message }) => {
    expect(coerceError(thrown)).toMatchObject({ message, cause: thrown });
  });
});
