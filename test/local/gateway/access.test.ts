import { request as httpRequest } from 'node:http';
import { expect, test } from 'vitest';
import { silentLogger } from '#shared/log.ts';
import { credentials, testGateway } from './support/test-gateway.ts';

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const good = basic(credentials.user, credentials.password);

test.each([
  { name: 'the right credentials', header: good, status: 200 },
  { name: 'the scheme in capitals', header: good.replace('Basic', 'BASIC'), status: 200 },
  { name: 'no header', header: null, status: 401 },
  { name: 'a wrong password', header: basic(credentials.user, 'guess'), status: 401 },
  { name: 'a wrong user', header: basic('root', credentials.password), status: 401 },
  { name: 'a prefix of the password', header: basic(credentials.user, credentials.password.slice(0, -1)), status: 401 },
  { name: 'another scheme', header: good.replace('Basic', 'Bearer'), status: 401 },
  { name: 'nothing after the scheme', header: 'Basic ', status: 401 },
  { name: 'no base64', header: 'Basic ***', status: 401 },
])('$name: $status', async ({ header, status }) => {
  const { url } = await testGateway();
  const response = await fetch(`${url}/system/functions`, {
    headers: header === null ? {} : { authorization: header },
  });
  expect(response.status).toBe(status);
  if (status === 401) {
    expect(await response.text()).toBe('invalid credentials');
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="Restricted"');
  }
});

test.each([
  ['GET', '/system/functions', 401],
  ['POST', '/system/functions', 401],
  ['PUT', '/system/functions', 401],
  ['DELETE', '/system/functions', 401],
  ['GET', '/system/function/fn', 401],
  ['POST', '/system/scale-function/fn', 401],
  ['GET', '/system/secrets', 401],
  ['POST', '/system/secrets', 401],
  ['GET', '/system/logs?name=fn', 401],
  ['GET', '/system/info', 401],
  ['GET', '/system/namespaces', 401],
  ['GET', '/system', 401],
  ['GET', '/system/no-such-route', 401],
  ['GET', '/ui/', 401],
  ['GET', '/healthz', 200],
  ['GET', '/metrics', 200],
  ['GET', '/function/nobody', 404],
  ['GET', '/', 404],
  ['GET', '//system/functions', 404],
  ['GET', '/x/../system/functions', 404],
])('without credentials %s %s is %i', async (method, path, status) => {
  const { port } = await testGateway();
  // node:http sends the path as it stands; fetch would tidy it.
  const answered = await new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, method, path }, (response) => resolve(response.statusCode))
      .on('error', reject)
      .end();
  });
  expect(answered).toBe(status);
});

test('the password stands in no log line and no message', async () => {
  const lines: string[] = [];
  const note = (fields: Record<string, unknown>, message: string) => lines.push(JSON.stringify([fields, message]));
  const log = { ...silentLogger, debug: note, info: note, warn: note, error: note };
  const gateway = await testGateway({ log });
  await fetch(`${gateway.url}/system/functions`, { headers: { authorization: basic('root', credentials.password) } });
  await gateway.call('/system/scale-function/fn', { method: 'POST', body: { replicas: 2 } });
  await gateway.stop();
  expect(lines.join()).not.toContain(credentials.password);
});

test('authentication can be off on a loopback address only', async () => {
  const open = await testGateway({ credentials: null });
  expect((await fetch(`${open.url}/system/functions`)).status).toBe(200);
  await expect(testGateway({ credentials: null, host: '0.0.0.0' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  await expect(testGateway({ credentials: { user: 'admin', password: '' } })).rejects.toThrow(
    'expected both to be not empty',
  );
});

test('a port in use is said so, with what to do', async () => {
  const { port } = await testGateway();
  const refused = testGateway({ port });
  await expect(refused).rejects.toMatchObject({ code: 'PORT_IN_USE', status: 409 });
  await expect(refused).rejects.toThrow(
    `127.0.0.1:${port}: another program listens there; stop it, or choose another port (local.port in farm.yml, 0 for any free one)`,
  );
  // The metrics port alone: the main one must not stay bound.
  const free = await testGateway();
  await free.stop();
  await expect(testGateway({ port: free.port, metricsPort: port })).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  expect((await testGateway({ port: free.port })).port).toBe(free.port);
});

test('an address that is not of this machine is said so', async () => {
  await expect(testGateway({ host: '192.0.2.1' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('192.0.2.1:0: cannot listen there') as string,
  });
});

test('listening everywhere gives an address that can be called', async () => {
  const gateway = await testGateway({ host: '0.0.0.0' });
  expect(gateway.url).toBe(`http://127.0.0.1:${gateway.port}`);
  expect(await gateway.get('/healthz')).toBe('OK');
});
