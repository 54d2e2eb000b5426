import { expect, test } from 'vitest';
import { classicProbe, farmProbe } from '../../scripts/conformance/probe.ts';

test('the classic watchdog tells a request in variables', () => {
  const answer =
    'PATH=/bin\nHttp_Method=POST\nHttp_Path=/echo/a\nHttp_Query=a=1&b=2\nHttp_X_Call_Id=abc\nHttp_X_Start_Time=17\n';
  expect(classicProbe('alpine').seen(answer)).toEqual({
    method: 'POST',
    url: '/echo/a?a=1&b=2',
    headers: { 'x-call-id': 'abc', 'x-start-time': '17' },
    body: null,
  });
});

test('no command of the classic probe needs a shell: the watchdog splits at spaces', () => {
  const probe = classicProbe('alpine');
  expect([probe.command({ kind: 'echo' }), probe.command({ kind: 'secret', name: 's' })]).toEqual([
    'env',
    'cat /var/openfaas/secrets/s',
  ]);
});

test.each([
  { name: 'text', body: 'hello', seen: 'hello' },
  { name: 'JSON', body: { a: 1 }, seen: '{"a":1}' },
  { name: 'none', body: null, seen: '' },
])('ours tells a body: $name', ({ body, seen }) => {
  const answer = JSON.stringify({ method: 'GET', url: '/echo', headers: {}, body });
  expect(farmProbe('probe').seen(answer)).toMatchObject({ body: seen });
});
