import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FOLDER = 'docs/algorithms';

test('docs/algorithms/README.md links every page of an algorithm, and nothing else', () => {
  const linked = [...readFileSync(`${FOLDER}/README.md`, 'utf8').matchAll(/\]\(([\w-]+\.md)\)/g)].map(
    ([, page]) => page,
  );
  const pages = readdirSync(FOLDER).filter((page) => page !== 'README.md');
  expect([...linked].sort()).toEqual(pages.sort());
});
