import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { faults } from '../../chaos/faults/catalogue.ts';

it('docs/chaos.md has a row for each fault, in the order of the catalogue', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/chaos.md'), 'utf8');
  const table = page.slice(page.indexOf('## The faults'), page.indexOf('## Adding one'));
  const rows = [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, kind]) => kind);
  expect(rows).toEqual(faults.map(({ kind }) => kind));
});
