import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { policies } from '#autoscaler/policy/catalogue.ts';

test('docs/policies.md lists the policies that there are, in the same words', () => {
  const page = readFileSync('docs/policies.md', 'utf8');
  const rows = [...page.matchAll(/^\| `([^`]+)` \| (.+?) \| .+ \|$/gm)].map(([, name, summary]) => [name, summary]);
  expect(rows).toEqual(policies.map(({ name, options, summary }) => [`${name}${options}`, summary]));
});
