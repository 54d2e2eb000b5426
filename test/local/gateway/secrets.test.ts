import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { SecretStore } from '../../../local/gateway/secrets/secret-store.ts';
import { deployReady, testGateway } from './support/test-gateway.ts';

const path = '/system/secrets';

test('a secret is created, listed by name, seen by the functions that name it, updated and deleted', async () => {
  const gateway = await testGateway();
  const change = async (method: string, body: unknown) => (await gateway.call(path, { method, body })).status;
  expect(await change('PUT', { name: 'api-key', value: 'one' })).toBe(404);
  expect(await change('POST', { name: 'api-key', value: 'one' })).toBe(202);
  expect(await change('POST', { name: 'api-key', value: 'two' })).toBe(409);
  expect(await change('POST', { name: 'other', rawValue: Buffer.from([0, 255, 10]).toString('base64') })).toBe(202);
  expect(await (await gateway.call(path)).json()).toEqual([
    { name: 'api-key', namespace: 'openfaas-fn' },
    { name: 'other', namespace: 'openfaas-fn' },
  ]);

  await deployReady(gateway, { service: 'fn', image: 'plain', secrets: ['api-key'] });
  expect(await gateway.get('/function/fn/secret')).toBe('api-key');
  expect(await gateway.get('/function/fn/secret?name=api-key')).toBe('one');
  expect(await change('PUT', { name: 'api-key', value: 'two' })).toBe(202);
  expect(await gateway.get('/function/fn/secret?name=api-key')).toBe('two');
  await deployReady(gateway, { service: 'fn', image: 'plain', secrets: ['other'] });
  expect(await gateway.get('/function/fn/secret')).toBe('other');

  expect(await change('DELETE', { name: 'api-key' })).toBe(202);
  expect(await change('DELETE', { name: 'api-key' })).toBe(404);
  expect(await (await gateway.call(path)).json()).toEqual([{ name: 'other', namespace: 'openfaas-fn' }]);
});

test('values are kept byte by byte in files that only their owner may read', async () => {
  const gateway = await testGateway();
  const folder = join(gateway.stateDir, 'secrets');
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  await gateway.call(path, { method: 'POST', body: { name: 'raw', rawValue: bytes.toString('base64') } });
  await gateway.call(path, {
    method: 'PUT',
    body: { name: 'raw', rawValue: bytes.toString('base64'), value: 'loses' },
  });
  expect(readFileSync(join(folder, 'raw'))).toEqual(bytes);
  expect(statSync(join(folder, 'raw')).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder)).toEqual(['raw']);
});

test.each([
  { name: 'no name', body: { value: 'hush' }, says: 'name: expected a secret name' },
  { name: 'a name that climbs', body: { name: '../x', value: 'hush' }, says: 'name: expected a-z 0-9 -' },
  { name: 'dots alone', body: { name: '..', value: 'hush' }, says: 'name: expected a-z 0-9 -' },
  { name: 'a hidden file', body: { name: '.x.new', value: 'hush' }, says: 'name: expected a-z 0-9 -' },
  { name: 'an absolute path', body: { name: '/etc/passwd', value: 'hush' }, says: 'name: expected a-z 0-9 -' },
  { name: 'a NUL', body: { name: 'a\0b', value: 'hush' }, says: 'name: expected a-z 0-9 -' },
  { name: 'a name that is too long', body: { name: 'a'.repeat(254), value: 'hush' }, says: 'at most 253' },
  { name: 'no value', body: { name: 'x' }, says: 'value: expected value (a string) or rawValue (base64)' },
  { name: 'a value that is no string', body: { name: 'x', value: { hush: 1 } }, says: 'value: expected a string' },
  { name: 'a rawValue that is no base64', body: { name: 'x', rawValue: 'hush!' }, says: 'rawValue: expected base64' },
  { name: 'a text instead of an object', body: '"hush"', says: 'the request body: expected a JSON object' },
  { name: 'another namespace', body: { name: 'x', value: 'hush', namespace: 'dev' }, says: 'namespace: expected' },
])('$name is 400 and the message does not repeat the value', async ({ body, says }) => {
  const gateway = await testGateway();
  for (const method of ['POST', 'PUT']) {
    const response = await gateway.call(path, { method, body });
    expect(response.status).toBe(400);
    const text = await response.text();
    expect(text).toContain(says);
    expect(text).not.toContain('hush');
  }
  expect(readdirSync(join(gateway.stateDir, 'secrets'))).toEqual([]);
});

test('no name whatsoever reads, writes or deletes outside the folder', () => {
  const root = temporaryFolder();
  const folder = join(root, 'secrets');
  const store = new SecretStore(folder);
  mkdirSync(join(root, 'other'));
  writeFileSync(join(root, 'other', 'file'), 'untouched');
  const part = fc.constantFrom('..', '.', '/', '\\', 'other', 'file', 'secrets', '\0', 'a', '%2e%2e', '-');
  const names = fc.oneof(
    fc.array(part, { maxLength: 6 }).map((parts) => parts.join('')),
    fc.string({ maxLength: 12 }),
  );
  fc.assert(
    fc.property(names, (name) => {
      for (const act of [() => store.create(name, Buffer.from('x')), () => store.remove(name)]) {
        try {
          act();
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/BODY_INVALID|CONFLICT|NOT_FOUND/) as string });
        }
      }
      expect(readdirSync(root).sort()).toEqual(['other', 'secrets']);
      expect(readFileSync(join(root, 'other', 'file'), 'utf8')).toBe('untouched');
    }),
    { numRuns: 300 },
  );
});
