import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderModelStore } from '#autoscaler/model-store/folder-models.ts';
import { VirtualClock } from '#shared/clock.ts';
import { modelStoreContract } from '../../contract/model-store.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { modelToStore } from '../support/stored-models.ts';

const clock = new VirtualClock();

modelStoreContract('a folder', async (caps) => {
  const path = join(temporaryFolder(), 'models');
  const beside = () => folderModelStore({ path, clock, caps });
  return {
    store: beside(),
    beside,
    async damage(id) {
      const file = join(path, `${id}.json`);
      writeFileSync(file, readFileSync(file, 'utf8').replace('"weights":"', '"weights":"A'));
    },
  };
});

test('a folder has one ledger and the files that it names, and nothing else', async () => {
  const path = temporaryFolder();
  const store = folderModelStore({ path, clock, caps: { maxBytes: 100_000, maxModels: 2, maxUnpromoted: 2 } });
  for (let seed = 0; seed < 4; seed += 1) await store.put(modelToStore('sarsa', seed));
  const kept = (await store.list()).map(({ id }) => `${id}.json`);
  expect(readdirSync(path).sort()).toEqual(['ledger-4.json', ...kept].sort());
});

test('a damaged ledger is refused with its file', async () => {
  const path = temporaryFolder();
  writeFileSync(join(path, 'ledger-1.json'), '{"models": [');
  const store = folderModelStore({ path, clock });
  await expect(store.list()).rejects.toMatchObject({
    code: 'MODEL_INVALID',
    message: expect.stringMatching(/ledger-1\.json: not JSON, or truncated/) as string,
  });
});
