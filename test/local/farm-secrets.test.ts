import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeSecrets, readSecrets } from '../../local/farm-secrets.ts';
import { makeStateFolder, stateFolder } from '../../local/state-folder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const mode = (path: string): number => statSync(path).mode & 0o777;

function freshSecretsFolder(): string {
  const state = stateFolder({ root: temporaryFolder(), environment: {} });
  makeStateFolder(state);
  return state.secrets;
}

it('makes each secret a file that only its owner can read', () => {
  const folder = freshSecretsFolder();
  makeSecrets(folder, 'redis://:x@127.0.0.1:1');
  const names = ['basic-auth-password', 'basic-auth-user', 'farm-token', 'redis-url'];
  expect(readdirSync(folder).sort()).toEqual(names);
  expect(names.map((name) => mode(join(folder, name)))).toEqual([0o600, 0o600, 0o600, 0o600]);
  expect(mode(folder)).toBe(0o700);
});

it('makes different ones for each farm, of 256 bits', () => {
  const one = makeSecrets(freshSecretsFolder(), 'redis://one');
  const two = makeSecrets(freshSecretsFolder(), 'redis://two');
  expect(one.farmToken).not.toBe(two.farmToken);
  expect(one.gatewayPassword).not.toBe(two.gatewayPassword);
  expect(one.farmToken).not.toBe(one.gatewayPassword);
  expect(Buffer.from(one.farmToken, 'base64url')).toHaveLength(32);
});

it('keeps them over a restart, closes what was open, and takes the new address of Redis', () => {
  const folder = freshSecretsFolder();
  const first = makeSecrets(folder, 'redis://one');
  chmodSync(join(folder, 'farm-token'), 0o644);
  const second = makeSecrets(folder, 'redis://two');
  expect(second).toEqual({ ...first, redisUrl: 'redis://two' });
  expect(mode(join(folder, 'farm-token'))).toBe(0o600);
});

it.each(['farm-token', 'basic-auth-user', 'basic-auth-password', 'redis-url'])(
  'says so when %s is lost or empty',
  (name) => {
    const folder = freshSecretsFolder();
    makeSecrets(folder, 'redis://one');
    writeFileSync(join(folder, name), '\n');
    expect(() => readSecrets(folder)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    rmSync(join(folder, name));
    expect(() => readSecrets(folder)).toThrow(/farmhand down/);
  },
);

it('keeps no secret in a file of another name', () => {
  const folder = freshSecretsFolder();
  const { farmToken } = makeSecrets(folder, 'redis://one');
  const holding = readdirSync(folder).filter((name) => readFileSync(join(folder, name), 'utf8').includes(farmToken));
  expect(holding).toEqual(['farm-token']);
});
