import { isOlder } from '#shared/redis-version.ts';
import { expect, it } from 'vitest';

it.each([
  ['6.2.9', '7.0', true],
  ['7.0.0', '7.0', false],
  ['7.1.0', '7.0', false],
  ['10.0.0', '7.0', false],
  ['7.0.15', '7.2', true],
])('isOlder(%s, %s) is %s', (version, minimum, older) => {
  expect(isOlder(version, minimum)).toBe(older);
});
