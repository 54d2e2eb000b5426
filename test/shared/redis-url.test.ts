import { describeTarget, parseRedisUrl } from '#shared/redis-url.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const nothing = { user: null, password: null, database: 0, sentinel: null, tls: null };
const noFiles = { ca: null, cert: null, key: null, servername: null };

describe('parseRedisUrl', () => {
  it.each<[string, ReturnType<typeof parseRedisUrl>]>([
    ['redis://host', { ...nothing, hosts: [{ host: 'host', port: 6379 }] }],
    ['redis://127.0.0.1:1/', { ...nothing, hosts: [{ host: '127.0.0.1', port: 1 }] }],
    ['redis://[::1]:7000/3', { ...nothing, hosts: [{ host: '::1', port: 7000 }], database: 3 }],
    ['redis://:p%40%2F%3A@host', { ...nothing, hosts: [{ host: 'host', port: 6379 }], password: 'p@/:' }],
    ['redis://me:a:b@c@host', { ...nothing, hosts: [{ host: 'host', port: 6379 }], user: 'me', password: 'a:b@c' }],
    ['rediss://host', { ...nothing, hosts: [{ host: 'host', port: 6379 }], tls: noFiles }],
    [
      'rediss://host/1?ca=/s/redis-ca&cert=/s/redis%20cert&key=/s/redis-key&servername=redis.example',
      {
        ...nothing,
        hosts: [{ host: 'host', port: 6379 }],
        database: 1,
        tls: { ca: '/s/redis-ca', cert: '/s/redis cert', key: '/s/redis-key', servername: 'redis.example' },
      },
    ],
    [
      'redis+sentinel://one/farm',
      {
        ...nothing,
        hosts: [{ host: 'one', port: 26379 }],
        sentinel: { primary: 'farm', user: null, password: null },
      },
    ],
    [
      'rediss+sentinel://u:p@one:1,[fe80::2]:2,three/my.master-1/4?sentinel-user=s&sentinel-password=a+b%26=&ca=/ca',
      {
        hosts: [
          { host: 'one', port: 1 },
          { host: 'fe80::2', port: 2 },
          { host: 'three', port: 26379 },
        ],
        user: 'u',
        password: 'p',
        database: 4,
        sentinel: { primary: 'my.master-1', user: 's', password: 'a+b&=' },
        tls: { ...noFiles, ca: '/ca' },
      },
    ],
  ])('%s', (url, target) => {
    expect(parseRedisUrl(url)).toEqual(target);
  });

  it.each([
    ['nothing', '', 'it has no scheme'],
    ['host and port', 'localhost:6379', 'it has no scheme'],
    ['another scheme', 'http://host', 'it begins with http://'],
    ['no host', 'redis://', 'expected host or host:port'],
    ['a password and no host', 'redis://:hunter2', 'expected host or host:port'],
    ['no such port', 'redis://host:65536', 'a port up to 65535'],
    ['port 0', 'redis://host:0', 'a port up to 65535'],
    ['several hosts', 'redis://one,two', 'which only Sentinel has'],
    ['a user alone', 'redis://me@host', 'a user stands in it without a password'],
    ['an empty password', 'redis://me:@host', 'its password is empty'],
    ['a slash in the password', 'redis://:hun/ter2@host', 'percent-encoded'],
    ['a slash and a number in it', 'redis://hunter:2/34@host', 'percent-encoded'],
    ['a question mark in it', 'redis://:hun?ter2@host', 'percent-encoded'],
    ['a fragment', 'redis://host/0#hunter2', 'percent-encoded'],
    ['half an escape', 'redis://:100%@host', '%25'],
    ['a database that is none', 'redis://host/x', 'expected a number at its end'],
    ['more after it', 'redis://host/0/hunter2', 'expected a number at its end'],
    ['an unknown parameter', 'redis://host?tls=true', 'it has a parameter that it does not take (it takes none)'],
    ['a parameter of TLS without TLS', 'redis://host?ca=/ca', 'a parameter that it does not take'],
    ['no way to switch checks off', 'rediss://host?rejectUnauthorized=false', '(it takes ca, cert, key, servername)'],
    ['an empty parameter', 'rediss://host?ca=', 'its parameter ca is empty'],
    ['one without =', 'rediss://host?ca', 'its parameter ca is empty'],
    ['one twice', 'rediss://host?ca=/a&ca=/b', 'its parameter ca stands there twice'],
    ['a relative path', 'rediss://host?ca=ca.pem', 'its parameter ca is no absolute path'],
    ['a certificate without a key', 'rediss://host?cert=/cert', 'cert and key go together'],
    ['Sentinel without a name', 'redis+sentinel://one,two', 'expected the name of the primary'],
    ['Sentinel with a bad name', 'redis+sentinel://one/a%20b', 'expected the name of the primary'],
    ['Sentinel with an empty host', 'redis+sentinel://one,/farm', 'expected host or host:port'],
  ])('refuses %s', (_, url, problem) => {
    expect(() => parseRedisUrl(url)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/REDIS_URL or the secret redis-url.*allowed: redis:\/\//) as string,
      }),
    );
    expect(() => parseRedisUrl(url)).toThrow(problem);
    expect(() => parseRedisUrl(url)).not.toThrow('hun');
  });

  it('reads back what was written', () => {
    fc.assert(
      fc.property(targetParts, (parts) => {
        const target = parseRedisUrl(write(parts, encodeURIComponent));
        expect(target.password).toBe(parts.password);
        expect(target.sentinel?.password ?? null).toBe(parts.kind === 'sentinel' ? parts.sentinelPassword : null);
        expect(parseRedisUrl(describeTarget(target))).toEqual({
          ...target,
          user: null,
          password: null,
          sentinel: target.sentinel && { ...target.sentinel, user: null, password: null },
        });
      }),
    );
  });
});

describe('describeTarget', () => {
  it.each([
    ['redis://:hunter2@127.0.0.1:1', 'redis://127.0.0.1:1'],
    ['rediss://me:hunter2@host/2?ca=/ca', 'rediss://host:6379/2'],
    ['redis://:hunter2@[::1]', 'redis://[::1]:6379'],
    ['redis+sentinel://:hunter2@one,two:2/farm/1?sentinel-password=hunter2', 'redis+sentinel://one:26379,two:2/farm/1'],
  ])('%s is shown as %s', (url, shown) => {
    expect(describeTarget(parseRedisUrl(url))).toBe(shown);
  });

  it('shows no password, however it is written, and neither does the error', () => {
    fc.assert(
      fc.property(targetParts, fc.boolean(), (parts, encoded) => {
        const url = write(parts, encoded ? encodeURIComponent : (text) => text);
        let shown: string;
        try {
          shown = describeTarget(parseRedisUrl(url));
        } catch (thrown) {
          shown = String(thrown);
        }
        // Every secret begins so; and no piece of one that is written as it is may show either.
        expect(shown).not.toContain('Qx7');
        expect(shown).not.toContain('Zk9');
      }),
      { numRuns: 2_000 },
    );
  });
});

interface TargetParts {
  readonly kind: 'plain' | 'sentinel';
  readonly tls: boolean;
  readonly user: string;
  readonly password: string;
  readonly sentinelPassword: string;
  readonly database: number;
}

/** Begins and ends as no other word of a URL or a message does; between stands all that URLs treat specially. */
const secret = fc
  .string({
    unit: fc.constantFrom(...'a Z 0 9 @ : / ? # & = + % , [ ] . ~ ü'.split(' '), ' '),
    minLength: 0,
    maxLength: 12,
  })
  .map((tail) => `Qx7${tail}Zk9`);

const targetParts: fc.Arbitrary<TargetParts> = fc.record({
  kind: fc.constantFrom('plain', 'sentinel'),
  tls: fc.boolean(),
  user: fc.constantFrom('', 'me', 'a b'),
  password: secret,
  sentinelPassword: secret,
  database: fc.nat({ max: 15 }),
});

function write(parts: TargetParts, spell: (text: string) => string): string {
  const { kind, tls, user, password, sentinelPassword, database } = parts;
  const login = `${spell(user)}:${spell(password)}@`;
  const s = tls ? 's' : '';
  if (kind === 'plain') return `redis${s}://${login}host:6379/${database}`;
  return `redis${s}+sentinel://${login}one,two:2/farm/${database}?sentinel-password=${spell(sentinelPassword)}`;
}
