import { afterEach, describe, expect, test } from 'vitest';
import { GatewayClient } from '#autoscaler/scaler/gateway-client.ts';
import { GatewayScaler } from '#autoscaler/scaler/gateway-scaler.ts';
import { SystemClock, VirtualClock, type Clock } from '#shared/clock.ts';
import { createLogger } from '#shared/log.ts';
import { scalerContract } from '../../contract/scaler.ts';
import { credentials, startFakeGateway, type FakeGateway, type GatewayState } from '../support/fake-gateway.ts';
import { whileTimePasses } from '../support/passing-time.ts';

const TIMEOUT_MS = 250;

let gateway: FakeGateway;
let lines: string[];
afterEach(() => gateway.stop());

async function startScaler(
  state: Partial<GatewayState> = {},
  change: { url?: string; password?: string; functionName?: string; clock?: Clock } = {},
): Promise<GatewayScaler> {
  gateway = await startFakeGateway(state);
  lines = [];
  return new GatewayScaler({
    gateway: new GatewayClient({
      url: change.url ?? gateway.url,
      namespace: 'openfaas-fn',
      user: credentials.user,
      password: change.password ?? credentials.password,
      timeoutMs: TIMEOUT_MS,
    }),
    functionName: change.functionName ?? 'worker',
    clock: change.clock ?? new SystemClock(),
    log: createLogger({ fn: 'autoscaler', level: 'debug', write: (line) => lines.push(line) }),
  });
}

for (const cap of [null, 5]) {
  scalerContract(cap === null ? 'GatewayScaler' : 'GatewayScaler at a gateway that grants 5', async () => {
    const scaler = await startScaler({ cap });
    return { scaler, cap, settled: async () => undefined, stop: async () => undefined };
  });
}

describe('GatewayScaler', () => {
  test('speaks the REST API: one status, one scale, one reading back', async () => {
    const scaler = await startScaler();
    await scaler.read();
    await scaler.apply({ replicas: 3 });
    expect(gateway.requests).toEqual([
      'GET /system/function/worker?namespace=openfaas-fn',
      'POST /system/scale-function/worker?namespace=openfaas-fn {"serviceName":"worker","replicas":3,"namespace":"openfaas-fn"}',
      'GET /system/function/worker?namespace=openfaas-fn',
    ]);
  });

  test('a missing number is a zero', async () => {
    const scaler = await startScaler({ replicas: 0 });
    expect(await scaler.read()).toMatchObject({ desired: 0, granted: 0, ready: 0, active: 0 });
  });

  test('starting and stopping replicas are active', async () => {
    const scaler = await startScaler({ replicas: 4, available: 1 });
    expect(await scaler.read()).toMatchObject({ granted: 4, ready: 1, active: 4 });
    gateway.state.available = 6;
    expect(await scaler.read()).toMatchObject({ granted: 4, ready: 6, active: 6 });
  });

  test('believes a provider that answers from a cache only after it has had time', async () => {
    const scaler = await startScaler({ staleReads: 2 });
    expect(await scaler.apply({ replicas: 4 })).toEqual({ requested: 4, granted: 4 });
    expect((await scaler.read()).limit).toBeNull();
  });

  test('what somebody else asks for replaces what was desired', async () => {
    const scaler = await startScaler({ cap: 5 });
    await scaler.apply({ replicas: 8 });
    gateway.state.replicas = 3;
    expect(await scaler.read()).toMatchObject({ desired: 3, granted: 3 });
  });

  test('says a limit once, forgets it after a minute, and when more is granted', async () => {
    const clock = new VirtualClock();
    const scaler = await startScaler({ cap: 5 }, { clock });
    // Reading back waits between its tries.
    const apply = (replicas: number): Promise<unknown> => whileTimePasses(clock, scaler.apply({ replicas }));
    await apply(8);
    await apply(9);
    expect(lines.filter((line) => line.includes('granted 5 of'))).toHaveLength(1);
    expect((await scaler.read()).limit).toBe(5);
    await clock.advance(60_000);
    expect((await scaler.read()).limit).toBeNull();

    await apply(8);
    expect((await scaler.read()).limit).toBe(5);
    gateway.state.cap = null;
    await apply(8);
    expect(await scaler.read()).toMatchObject({ granted: 8, limit: null });
  });

  test('a limit is forgotten after 15 s; found again, after twice as long, and at most a minute', async () => {
    const clock = new VirtualClock();
    const scaler = await startScaler({ cap: 5 }, { clock });
    for (const lastsMs of [15_000, 30_000, 60_000, 60_000]) {
      await whileTimePasses(clock, scaler.apply({ replicas: 8 }));
      await clock.advance(lastsMs - 200);
      expect((await scaler.read()).limit).toBe(5);
      await clock.advance(200);
      expect((await scaler.read()).limit).toBeNull();
    }
  });

  test.each([
    ['an error', [500], 'GATEWAY_REFUSED', /GET \/system\/function\/worker answered 500: \{"error":"told to"\}/],
    ['no answer', ['hang'], 'GATEWAY_UNREACHABLE', /no answer within 250 ms/],
    ['a cut connection', ['drop'], 'GATEWAY_UNREACHABLE', /127\.0\.0\.1:\d+: \/system\/function\/worker: /],
    ['another kind of server', ['html'], 'GATEWAY_REFUSED', /something else than a status/],
  ] as const)('read meets %s, says so, and works afterwards', async (_case, script, code, message) => {
    const scaler = await startScaler({ script: [...script] });
    const failure = await scaler.read().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect((await scaler.read()).granted).toBe(1);
  });

  test.each([
    ['refused before it was carried out', [500, 'ok'], 'GATEWAY_REFUSED'],
    ['not heard', ['hang', 'ok'], 'GATEWAY_UNREACHABLE'],
    ['refused and unreadable', [400, 'hang'], 'GATEWAY_REFUSED'],
  ] as const)('apply throws when the request was %s', async (_case, script, code) => {
    const scaler = await startScaler({ script: [...script] });
    await expect(scaler.apply({ replicas: 4 })).rejects.toMatchObject({ code });
    expect(await scaler.read()).toMatchObject({ desired: 1, granted: 1, limit: null });
  });

  test.each([
    ['its answer was lost', ['hang-after', 'ok']],
    ['the reading back failed', ['ok', 500, 'ok']],
  ] as const)('apply believes what stands when %s', async (_case, script) => {
    const scaler = await startScaler({ script: [...script] });
    expect(await scaler.apply({ replicas: 4 })).toEqual({ requested: 4, granted: 4 });
  });

  test('nobody listens', async () => {
    const scaler = await startScaler({}, { url: 'http://127.0.0.1:1' });
    await expect(scaler.read()).rejects.toMatchObject({
      code: 'GATEWAY_UNREACHABLE',
      message: 'http://127.0.0.1:1: /system/function/worker: connection refused; is the gateway running?',
    });
    await expect(scaler.apply({ replicas: 2 })).rejects.toMatchObject({ code: 'GATEWAY_UNREACHABLE' });
  });

  test('a function that is not deployed', async () => {
    const scaler = await startScaler({}, { functionName: 'wroker' });
    await expect(scaler.read()).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(/function wroker is not deployed/) as string,
    });
  });

  test('a wrong password is named as the cause and shown nowhere', async () => {
    const scaler = await startScaler({}, { password: 'hunter2' });
    const failure = (await scaler.read().catch((error: unknown) => error)) as Error;
    expect(failure.message).toMatch(/answered 401: check the secrets basic-auth-user and basic-auth-password/);
    expect(JSON.stringify([failure, failure.cause, failure.stack, lines])).not.toContain('hunter2');
  });

  test('a password inside the URL does not reach a message', async () => {
    const scaler = await startScaler({}, { url: 'http://someone:hunter2@127.0.0.1:1/base/' });
    const failure = (await scaler.read().catch((error: unknown) => error)) as Error;
    expect(failure.message).not.toContain('hunter2');
  });
});
