import { expect, test } from 'vitest';
import { endToEnd, invocationHeaders } from '../../../../local/gateway/proxy/headers.ts';

const origin = { address: '127.0.0.1', callId: 'call', startTime: '1' };

test.each([
  { name: 'ordinary headers stay', given: { accept: 'a', cookie: 'b' }, kept: { accept: 'a', cookie: 'b' } },
  {
    name: 'hop-by-hop headers go',
    given: { connection: 'keep-alive', te: 't', upgrade: 'u', 'transfer-encoding': 'chunked', expect: 'e', a: '1' },
    kept: { a: '1' },
  },
  {
    name: 'so do those that Connection names, in any case',
    given: { connection: 'X-One , x-two', 'x-one': '1', 'x-two': '2', 'x-three': '3' },
    kept: { 'x-three': '3' },
  },
  { name: 'lists stay lists', given: { 'set-cookie': ['a', 'b'] }, kept: { 'set-cookie': ['a', 'b'] } },
])('$name', ({ given, kept }) => {
  expect(endToEnd(given)).toEqual(kept);
});

test('where a request came from is added to what proxies before have said', () => {
  expect(invocationHeaders({ host: 'farm:8080' }, origin)).toEqual({
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': 'farm:8080',
    'x-forwarded-proto': 'http',
    'x-call-id': 'call',
    'x-start-time': '1',
  });
  const said = { 'x-forwarded-for': '10.0.0.1', 'x-forwarded-host': 'outer', 'x-forwarded-proto': 'https' };
  expect(invocationHeaders({ ...said, host: 'inner' }, origin)).toMatchObject({
    ...said,
    'x-forwarded-for': '10.0.0.1, 127.0.0.1',
  });
});
