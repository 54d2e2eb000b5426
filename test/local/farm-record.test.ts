import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findFarm, removeRecord, writeRecord, type FarmRecord } from '../../local/farm-record.ts';
import { makeSecrets } from '../../local/farm-secrets.ts';
import { identify } from '../../local/process-identity.ts';
import { makeStateFolder, stateFolder, type StateFolder } from '../../local/state-folder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function freshState(): StateFolder {
  const state = stateFolder({ root: temporaryFolder(), environment: {} });
  makeStateFolder(state);
  return state;
}

const record: FarmRecord = {
  ...identify(process.pid)!,
  url: 'http://127.0.0.1:8080',
  port: 8080,
  startedAt: '2026-01-01T00:00:00.000Z',
  configHash: 'abc',
};

it('finds the farm whose process runs, with its secrets', () => {
  const state = freshState();
  const secrets = makeSecrets(state.secrets, 'redis://one');
  writeRecord(state, record);
  expect(findFarm(state)).toEqual({ ...record, state, secrets });
});

it.each<[string, (state: StateFolder) => void]>([
  ['there is no record', () => undefined],
  [
    'the record was taken away',
    (state) => {
      writeRecord(state, record);
      removeRecord(state);
    },
  ],
  ['its process is gone', (state) => writeRecord(state, { ...record, pid: 2 ** 22 + 1 })],
  ['its pid belongs to a later process', (state) => writeRecord(state, { ...record, startToken: 'earlier' })],
  ['half of the record was written', (state) => writeFileSync(state.record, '{"pid": 12')],
  ['the record is of another version', (state) => writeFileSync(state.record, '{"pid": 12, "colour": "red"}')],
])('finds none when %s', (_, prepare) => {
  const state = freshState();
  makeSecrets(state.secrets, 'redis://one');
  prepare(state);
  expect(findFarm(state)).toBeNull();
});

it('puts the state folder into the project, or where FARM_STATE_DIR says', () => {
  expect(stateFolder({ root: '/project', environment: {} }).path).toBe('/project/.farmhand');
  expect(stateFolder({ root: '/project', environment: { FARM_STATE_DIR: '/else' } }).record).toBe('/else/farm.json');
});
