import { afterEach, describe, expect, test } from 'vitest';
import { GatewayClient } from '#autoscaler/scaler/gateway-client.ts';
import { GatewayScaler } from '#autoscaler/scaler/gateway-scaler.ts';
import { MINUTE, SystemClock, VirtualClock, type Clock } from '#shared/clock.ts';
import { StepTime } from '#autoscaler/scaler/patience.ts';
import { createLogger } from '#shared/log.ts';
import { scalerContract } from '../../contract/scaler.ts';
import { credentials, startFakeGateway, type FakeGateway, type GatewayState } from '../support/fake-gateway.ts';
import { whileTimePasses } from '../support/passing-time.ts';

const TIMEOUT_MS = 250;
/** Where an answer is expected, also of a machine that pauses, and where none is. */
const PATIENT_MS = 30_000;
const IMPATIENT_MS = 1_000;
/** The first pause alone is longer. */
const NO_SECOND_TRY_S = 0.1;

let gateway: FakeGateway;
let lines: string[];
afterEach(() => gateway.stop());

async function startScaler(
  state: Partial<GatewayState> = {},
  change: {
    url?: string;
    password?: string;
    functionName?: string;
    clock?: Clock;
    stepS?: number;
    timeoutMs?: number;
  } = {},
): Promise<GatewayScaler> {
  gateway = await startFakeGateway(state);
  lines = [];
  return new GatewayScaler({
    gateway: new GatewayClient({
      url: change.url ?? gateway.url,
      namespace: 'openfaas-fn',
      user: credentials.user,
      password: change.password ?? credentials.password,
      timeoutMs: change.timeoutMs ?? TIMEOUT_MS,
    }),
    functionName: change.functionName ?? 'worker',
    clock: change.clock ?? new SystemClock(),
    stepTime: new StepTime(change.stepS),
    log: createLogger({ fn: 'autoscaler', level: 'debug', write: (line) => lines.push(line) }),
  });
}

/** Whatever was asked took all of the time that there was: no second try is possible. */
function timeForOneTry(): Clock {
  const real = new SystemClock();
  return {
    monotonic: () => real.monotonic() + gateway.requests.length * MINUTE,
    farmTime: () => real.farmTime(),
    sleep: (ms, signal) => real.sleep(ms, signal),
  };
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
    expect(lines.filter((line) => line.includes('5 of 8 replicas granted'))).toHaveLength(1);
    expect((await scaler.read()).limit).toBe(5);
    await clock.advance(60_000);
    expect((await scaler.read()).limit).toBeNull();

    await apply(8);
    expect((await scaler.read()).limit).toBe(5);
    gateway.state.cap = null;
    await apply(8);
    expect(await scaler.read()).toMatchObject({ granted: 8, limit: null });
  });

  test('a limit is forgotten after a step and a half, however often it is found', async () => {
    const clock = new VirtualClock();
    const scaler = await startScaler({ cap: 5 }, { clock, stepS: 8 });
    for (const lastsMs of [12_000, 12_000, 12_000]) {
      await whileTimePasses(clock, scaler.apply({ replicas: 8 }));
      await clock.advance(lastsMs - 200);
      expect((await scaler.read()).limit).toBe(5);
      await clock.advance(200);
      expect((await scaler.read()).limit).toBeNull();
    }
  });

  test.each([
    ['an error', [500], 'GATEWAY_REFUSED', /GET \/system\/function\/worker answered 500: \{"error":"told to"\}/],
    ['no answer', ['hang'], 'GATEWAY_UNREACHABLE', /no answer within \d+ ms/],
    ['a cut connection', ['drop'], 'GATEWAY_UNREACHABLE', /127\.0\.0\.1:\d+: \/system\/function\/worker: /],
    ['another kind of server', ['html'], 'GATEWAY_REFUSED', /something else than a status/],
  ] as const)(
    'read has time for one try, meets %s, says so, and works afterwards',
    async (_case, script, code, message) => {
      const timeoutMs = code === 'GATEWAY_UNREACHABLE' ? IMPATIENT_MS : PATIENT_MS;
      const scaler = await startScaler({ script: [...script] }, { clock: timeForOneTry(), timeoutMs });
      const failure = await scaler.read().catch((error: unknown) => error);
      expect(failure).toMatchObject({ code, message: expect.stringMatching(message) as string });
      expect((await scaler.read()).granted).toBe(1);
    },
  );

  test.each([
    ['refused before it was carried out', [500, 'ok'], 'GATEWAY_REFUSED', PATIENT_MS],
    ['not heard', ['hang', 'ok'], 'GATEWAY_UNREACHABLE', IMPATIENT_MS],
    ['refused and unreadable', [400, 'hang'], 'GATEWAY_REFUSED', IMPATIENT_MS],
  ] as const)('apply throws when the request was %s', async (_case, script, code, timeoutMs) => {
    const scaler = await startScaler({ script: [...script] }, { clock: timeForOneTry(), timeoutMs });
    await expect(scaler.apply({ replicas: 4 })).rejects.toMatchObject({ code });
    expect(await scaler.read()).toMatchObject({ desired: 1, granted: 1, limit: null });
  });

  test('apply throws when the request was refused for good, however much time there is', async () => {
    const scaler = await startScaler({ script: [400, 'ok'] }, { timeoutMs: PATIENT_MS });
    const code = 'GATEWAY_REFUSED';
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

  test.each([
    ['errors', [500, 500]],
    ['a request to wait', [429]],
    ['a cut connection', ['drop', 'drop']],
    ['no answer', ['hang']],
  ] as const)('outlasts %s within its share of a step', async (_case, script) => {
    const scaler = await startScaler({ script: [...script] });
    expect(await scaler.read()).toMatchObject({ granted: 1 });
    gateway.state.script = [...script];
    expect(await scaler.apply({ replicas: 4 })).toEqual({ requested: 4, granted: 4 });
    expect(gateway.state.replicas).toBe(4);
  });

  test('comes back when a gateway that has too much to do says, not before', async () => {
    const scaler = await startScaler({ script: [429] });
    const clock = new SystemClock();
    const startMs = clock.monotonic();
    await scaler.read();
    expect(clock.monotonic() - startMs).toBeGreaterThanOrEqual(190);
  });

  test('outlasts a gateway that takes most of a reading to answer', async () => {
    const scaler = await startScaler({ slowMs: 200 });
    expect(await scaler.apply({ replicas: 4 })).toEqual({ requested: 4, granted: 4 });
  });

  test('gives up in time for the next step', async () => {
    const scaler = await startScaler({ ails: 500 }, { stepS: 3 });
    const clock = new SystemClock();
    for (const call of [() => scaler.read(), () => scaler.apply({ replicas: 2 })]) {
      const startMs = clock.monotonic();
      await expect(call()).rejects.toMatchObject({ code: 'GATEWAY_REFUSED' });
      // 2.4 s where the machine does not pause.
      expect(clock.monotonic() - startMs).toBeLessThan(20_000);
    }
    expect(gateway.requests.length).toBeGreaterThan(2);
  });

  test('knows Community Edition by its name: asks for no more than 5, and says so once', async () => {
    const clock = new VirtualClock();
    const scaler = await startScaler({ cap: 5, provider: 'faas-netes-ce' }, { clock });
    const apply = (replicas: number): Promise<unknown> => whileTimePasses(clock, scaler.apply({ replicas }));
    expect(await apply(8)).toEqual({ requested: 8, granted: 5 });
    await apply(9);
    expect(await scaler.read()).toMatchObject({ desired: 9, granted: 5, limit: 5 });
    const scalings = gateway.requests.filter((request) => request.startsWith('POST'));
    expect(scalings.every((request) => request.includes('"replicas":5'))).toBe(true);
    expect(gateway.requests.filter((request) => request.includes('/system/info'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('Community Edition'))).toHaveLength(1);

    // A licence was bought.
    await clock.advance(60_000);
    Object.assign(gateway.state, { cap: null, provider: 'faas-netes' });
    expect(await apply(9)).toEqual({ requested: 9, granted: 9 });
    expect(await scaler.read()).toMatchObject({ granted: 9, limit: null });
  });

  test('1 to 32 asked of a gateway that grants 5: what was granted is what there is', async () => {
    const clock = new VirtualClock();
    const scaler = await startScaler({ cap: 5 }, { clock });
    for (let replicas = 1; replicas <= 32; replicas += 1) {
      const granted = Math.min(replicas, 5);
      const grant = await whileTimePasses(clock, scaler.apply({ replicas }));
      expect(grant).toEqual({ requested: replicas, granted });
      expect(await scaler.read()).toMatchObject({ desired: replicas, granted, limit: replicas > 5 ? 5 : null });
    }
  });

  test('nobody listens', async () => {
    const scaler = await startScaler({}, { url: 'http://127.0.0.1:1', stepS: NO_SECOND_TRY_S });
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
    const scaler = await startScaler({}, { url: 'http://someone:hunter2@127.0.0.1:1/base/', stepS: NO_SECOND_TRY_S });
    const failure = (await scaler.read().catch((error: unknown) => error)) as Error;
    expect(failure.message).not.toContain('hunter2');
  });
});
