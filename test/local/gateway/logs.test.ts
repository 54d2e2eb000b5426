import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { expect, test } from 'vitest';
import type { LogMessage } from '../../../local/gateway/logs/log-store.ts';
import { until } from '../../support/until.ts';
import { deployReady, testGateway, type TestGateway } from './support/test-gateway.ts';

const say = async (gateway: TestGateway, text: string) =>
  gateway.get(`/function/fn/say?text=${encodeURIComponent(text)}`);

async function read(gateway: TestGateway, query = ''): Promise<LogMessage[]> {
  const response = await gateway.call(`/system/logs?name=fn${query}`);
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  return parse(await response.text());
}

function parse(text: string): LogMessage[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogMessage);
}

const texts = (messages: readonly LogMessage[]) => messages.map(({ text }) => text);

test('lines of both streams come back with function, instance and time, and stand in the file as well', async () => {
  const gateway = await testGateway();
  await deployReady(gateway, { service: 'fn', image: 'plain' });
  await say(gateway, 'first');
  await say(gateway, 'zwölf “€”');
  await gateway.get('/function/fn/mutter?text=on%20stderr%0A');
  const messages = await until('three lines are there', async () => {
    const found = await read(gateway);
    return found.length === 3 ? found : null;
  });
  expect(messages[0]).toEqual({
    name: 'fn',
    namespace: 'openfaas-fn',
    instance: expect.stringMatching(/^fn-[a-z0-9]{8}$/) as string,
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    text: 'first',
  });
  expect(texts(messages)).toEqual(['first', 'zwölf “€”', 'on stderr']);
  await gateway.stop();
  expect(parse(readFileSync(join(gateway.stateDir, 'logs', 'fn.ndjson'), 'utf8'))).toEqual(messages);
});

test('tail, since and instance select', async () => {
  const gateway = await testGateway();
  await deployReady(gateway, { service: 'fn', image: 'plain', replicas: 2 });
  for (const text of ['1', '2', '3', '4']) await say(gateway, text);
  const all = await until('four lines are there', async () => {
    const found = await read(gateway);
    return found.length === 4 ? found : null;
  });
  expect(texts(await read(gateway, '&tail=2'))).toEqual(texts(all.slice(2)));
  expect(texts(await read(gateway, '&tail=0'))).toEqual([]);
  expect(texts(await read(gateway, '&tail=-1'))).toEqual(texts(all));
  const { instance, timestamp } = all[1]!;
  expect(texts(await read(gateway, `&instance=${instance}`))).toEqual(
    texts(all.filter((message) => message.instance === instance)),
  );
  expect(texts(await read(gateway, `&since=${timestamp}`))).toEqual(
    texts(all.filter((message) => message.timestamp > timestamp)),
  );
  expect(texts(await read(gateway, '&since=2999-01-01T00:00:00Z'))).toEqual([]);
});

test('follow goes on as lines come, also of later replicas, and ends when the function does', async () => {
  const gateway = await testGateway();
  await deployReady(gateway, { service: 'fn', image: 'plain' });
  await say(gateway, 'before');
  await until('it is there', async () => (await read(gateway)).length === 1);
  const stream = await gateway.call('/system/logs?name=fn&follow=1&tail=1');
  const lines = createInterface({ input: Readable.fromWeb(stream.body as ReadableStream) })[Symbol.asyncIterator]();
  const next = async () => (JSON.parse(((await lines.next()) as { value: string }).value) as LogMessage).text;
  expect(await next()).toBe('before');
  await say(gateway, 'after');
  expect(await next()).toBe('after');
  await gateway.get('/function/fn/mutter?text=unfinished');
  await gateway.call('/function/fn/exit?code=1');
  expect(await next()).toBe('unfinished');
  await say(gateway, 'reborn');
  expect(await next()).toBe('reborn');
  await gateway.call('/system/functions', { method: 'DELETE', body: { functionName: 'fn' } });
  expect(await lines.next()).toMatchObject({ done: true });
});

test('follow ends cleanly when the gateway stops', async () => {
  const gateway = await testGateway();
  await deployReady(gateway, { service: 'fn', image: 'plain' });
  const stream = await gateway.call('/system/logs?name=fn&follow=true');
  const text = stream.text();
  await say(gateway, 'last words');
  await gateway.stop();
  expect(texts(parse(await text))).toEqual(['last words']);
});

test('a line of a megabyte is cut and the process goes on', async () => {
  const gateway = await testGateway();
  await deployReady(gateway, { service: 'fn', image: 'plain' });
  // 8 requests of 2,000 characters without a line break make one line of 16,000; the ninth goes over the limit.
  for (let i = 0; i < 9; i += 1) await gateway.get(`/function/fn/mutter?text=${'x'.repeat(2000)}`);
  await gateway.get('/function/fn/mutter?text=%0A');
  await say(gateway, 'alive');
  const messages = await until('both lines are there', async () => {
    const found = await read(gateway);
    return found.length === 2 ? found : null;
  });
  expect(texts(messages).sort()).toEqual(['alive', `${'x'.repeat(16 * 1024)} … [line cut]`]);
});

test.each([
  { name: 'no name', query: '', status: 400 },
  { name: 'an unknown function', query: '?name=nobody', status: 404 },
  { name: 'another namespace', query: '?name=fn&namespace=dev', status: 400 },
  { name: 'no time', query: '?name=fn&since=yesterday', status: 400 },
  { name: 'no number', query: '?name=fn&tail=few', status: 400 },
])('$name is $status', async ({ query, status }) => {
  const gateway = await testGateway({ concurrentStarts: 0 });
  await gateway.deploy({ service: 'fn', image: 'plain' });
  expect((await gateway.call(`/system/logs${query}`)).status).toBe(status);
});
