import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { SystemClock } from '#shared/clock.ts';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { containerSpec } from '../../../local/docker/container-spec.ts';
import { openDoor } from '../../../local/docker/door.ts';
import { FrameSplitter } from '../../../local/docker/frame-splitter.ts';
import { localTarget } from '../../../local/docker/local-target.ts';
import { parseQuantity } from '../../../local/docker/quantity.ts';
import { stopContainer } from '../../../local/docker/stop-container.ts';

test.each([
  ['512Mi', 536_870_912],
  ['1Gi', 1_073_741_824],
  ['64M', 64_000_000],
  ['500m', 0.5],
  ['1', 1],
  ['1.5', 1.5],
])('the quantity %s is %d', (quantity, value) => {
  expect(parseQuantity('limits.memory', quantity)).toBeCloseTo(value, 9);
});

test.each(['', 'much', '-1', '0', '1MB', '1 Gi'])("the quantity '%s' is refused by name", (quantity) => {
  expect(() => parseQuantity('limits.cpu', quantity)).toThrow(/limits\.cpu: expected a quantity over 0 such as 128Mi/);
});

test('a container has no rights, a read-only root where the deployment says so, its limits, and its mounts read-only', () => {
  const place = { env: { A: '1' }, secretsDir: '/s', farmFile: '/f', network: 'net', farm: '/state' };
  const deployment = { service: 'worker', image: 'r/worker:1', readOnlyRootFilesystem: true };
  expect(containerSpec({ ...place, deployment: { ...deployment, limits: { memory: '512Mi', cpu: '500m' } } })).toEqual({
    Image: 'r/worker:1',
    Env: ['A=1'],
    Labels: { 'farmhand.farm': '/state', 'farmhand.function': 'worker' },
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: 'net',
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': 'mode=1777,size=64m' },
      Mounts: [
        { Type: 'bind', Source: '/s', Target: '/var/openfaas/secrets', ReadOnly: true },
        { Type: 'bind', Source: '/f', Target: '/var/openfaas/farm.yml', ReadOnly: true },
      ],
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: 256,
      Memory: 536_870_912,
      NanoCpus: 500_000_000,
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
    },
  });
  expect(JSON.stringify(containerSpec({ ...place, deployment }))).not.toMatch(/Memory|NanoCpus/);
});

test('frames are put together whatever pieces they come in', () => {
  const frame = (stream: number, data: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt8(stream, 0);
    head.writeUInt32BE(data.length, 4);
    return Buffer.concat([head, data]);
  };
  const written = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 40 })), { maxLength: 8 });
  fc.assert(
    fc.property(written, fc.array(fc.nat(30), { minLength: 1 }), (parts, cuts) => {
      const bytes = Buffer.concat(parts.map(([stream, data]) => frame(stream, Buffer.from(data))));
      const read: [number, string][] = [];
      const splitter = new FrameSplitter((data, stream) => read.push([stream, data.toString('hex')]));
      for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
        const length = 1 + cuts[cut % cuts.length]!;
        splitter.push(bytes.subarray(at, at + length));
        at += length;
      }
      expect(read).toEqual(parts.map(([stream, data]) => [stream, Buffer.from(data).toString('hex')]));
    }),
  );
});

describe('what containers reach by a door', () => {
  it.each([
    ['http://127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
    ['redis://:pw@127.0.0.1:6390', { host: '127.0.0.1', port: 6390 }],
    ['redis://localhost', { host: 'localhost', port: 6379 }],
    ['redis://user:pw@redis.example:6390/1', null],
    ['rediss://redis.example', null],
    ['redis+sentinel://a.example:26379,b.example:26379/main', null],
  ])('%s', (url, target) => {
    expect(localTarget(url)).toEqual(target);
  });

  it.each([
    'rediss://:hush@localhost',
    'redis+sentinel://:hush@127.0.0.1:26379/main',
    'rediss://:hush@r.example?ca=/c.pem',
  ])('%s is refused, without the password', (url) => {
    expect(() => localTarget(url)).toThrow(/^REDIS_URL: (?!.*hush)/);
  });
});

test('a door passes both ways, half-closed connections too, and is shut with all that goes through it', async () => {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    void text(socket).then((asked) => socket.end(asked.toUpperCase()));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const door = await openDoor('127.0.0.2', { host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  const large = 'x'.repeat(1_000_000);
  const client = connect({ host: door.host, port: door.port, allowHalfOpen: true });
  client.end(large);
  expect(await text(client)).toBe(large.toUpperCase());

  const idle = connect(door.port, door.host);
  await once(idle, 'connect');
  const cut = once(idle, 'close');
  await door.close();
  await door.close();
  await cut;
  await expect(once(connect(door.port, door.host), 'connect')).rejects.toThrow('ECONNREFUSED');
});

describe('a container that is asked to stop', () => {
  /** Its process counts at each look; the last one stays. */
  const stopWith = async (counts: readonly number[], graceMs: number) => {
    const signals: string[] = [];
    let looks = 0;
    const containers = {
      countProcesses: async () => counts[Math.min(looks++, counts.length - 1)]!,
      kill: async (_id: string, signal: string) => void signals.push(signal),
    };
    const clock = new SystemClock();
    const hasty = { monotonic: () => clock.monotonic(), farmTime: () => 0, sleep: () => clock.sleep(1) };
    await stopContainer(containers, 'id', { clock: hasty, graceMs, over: new AbortController().signal });
    return { signals, looks };
  };

  it('is killed once only of-watchdog is left in it', async () => {
    expect(await stopWith([2, 2, 2, 1], 60_000)).toEqual({ signals: ['SIGTERM', 'SIGKILL'], looks: 4 });
  });
  it('is not killed while its one process, which is the function itself, works', async () => {
    expect(await stopWith([1, 1, 1, 0], 60_000)).toEqual({ signals: ['SIGTERM'], looks: 4 });
  });
  it('is killed when the grace is over', async () => {
    expect((await stopWith([2], 30)).signals).toEqual(['SIGTERM', 'SIGKILL']);
  });
});
