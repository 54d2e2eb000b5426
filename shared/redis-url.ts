import { FarmhandError } from './errors.ts';

/** Where a farm's Redis is and how to get in, as its URL says it (docs/redis.md has the forms). */
export interface RedisTarget {
  /** The server itself (exactly one) or, with `sentinel`, the Sentinels that know it. */
  readonly hosts: readonly [RedisHost, ...RedisHost[]];
  readonly user: string | null;
  readonly password: string | null;
  readonly database: number;
  /** Null without Redis Sentinel. */
  readonly sentinel: {
    readonly primary: string;
    readonly user: string | null;
    readonly password: string | null;
  } | null;
  /** Null: no TLS. With Sentinel it holds for the Sentinels as well. */
  readonly tls: RedisTls | null;
}

export interface RedisHost {
  /** A name, an IPv4 address, or an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
}

/** Absolute paths of PEM files; null: the system's authorities, no certificate of our own. */
export interface RedisTls {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  /** The name that the server's certificate must have, where it is not the host's. */
  readonly servername: string | null;
}

const FORMS =
  'allowed: redis://[[user]:password@]host[:port][/database], redis+sentinel://[[user]:password@]host[:port],…/primary[/database], ' +
  'and both with rediss for TLS';

const schemes = new Map([
  ['redis', { tls: false, sentinel: false }],
  ['rediss', { tls: true, sentinel: false }],
  ['redis+sentinel', { tls: false, sentinel: true }],
  ['rediss+sentinel', { tls: true, sentinel: true }],
]);

/** scheme, user and password, hosts, path, query. The last @ of the authority ends the password, as in every URL. */
const shape = /^([a-z][a-z0-9+.-]*):\/\/(?:([^/?#]*)@)?([^/?#@]*)(\/[^?#@]*)?(?:\?([^#@]*))?$/;

/**
 * @throws CONFIG_INVALID that says what is wrong and what is allowed. It never repeats the URL: whatever stands in a
 * malformed one may be a password.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1];
  const kind = schemes.get(scheme ?? '');
  if (kind === undefined) throw invalid(scheme === undefined ? 'it has no scheme' : `it begins with ${scheme}://`);
  const parts = shape.exec(url);
  if (parts === null) throw invalid('@, /, ? and # in a user or password must be percent-encoded (@ is %40)');
  const [, , login = '', authority = '', path = '', query = ''] = parts;
  const names = authority.split(',');
  if (names.length > 1 && !kind.sentinel) throw invalid('several hosts stand in it, which only Sentinel has');
  const [first = '', ...others] = names;
  const port = kind.sentinel ? 26379 : 6379;
  const words = path.split('/').slice(1);
  const primary = kind.sentinel ? parsePrimary(words.shift()) : '';
  const parameters = parseQuery(query, kind);
  return {
    hosts: [parseHost(first, port), ...others.map((other) => parseHost(other, port))],
    ...parseLogin(login),
    database: parseDatabase(words),
    sentinel: kind.sentinel
      ? {
          primary,
          user: parameters.get('sentinel-user') ?? null,
          password: parameters.get('sentinel-password') ?? null,
        }
      : null,
    tls: kind.tls ? parseTls(parameters) : null,
  };
}

/** The target as messages and logs may show it, in the form of a URL: without users, passwords and parameters. */
export function describeTarget({ hosts, sentinel, tls, database }: RedisTarget): string {
  const scheme = `redis${tls === null ? '' : 's'}${sentinel === null ? '' : '+sentinel'}`;
  const where = hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',');
  const path = [...(sentinel === null ? [] : [sentinel.primary]), ...(database === 0 ? [] : [database])];
  return [`${scheme}://${where}`, ...path].join('/');
}

function parseHost(text: string, standardPort: number): RedisHost {
  const match = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(text);
  const port = Number(match?.[3] ?? standardPort);
  if (match === null || port < 1 || port > 65_535) {
    throw invalid(
      'expected host or host:port after the password, with an IPv6 address in brackets and a port up to 65535',
    );
  }
  return { host: match[1] ?? match[2] ?? '', port };
}

function parseLogin(login: string): { user: string | null; password: string | null } {
  if (login === '') return { user: null, password: null };
  const colon = login.indexOf(':');
  if (colon === -1) throw invalid('a user stands in it without a password; a password alone is written :password@');
  const [user, password] = [decode(login.slice(0, colon)), decode(login.slice(colon + 1))];
  if (password === '') throw invalid('its password is empty');
  return { user: user === '' ? null : user, password };
}

/** Sentinel's own rule for names. */
function parsePrimary(name: string | undefined): string {
  if (name !== undefined && /^[\w.-]+$/.test(name)) return name;
  throw invalid("expected the name of the primary after the Sentinels' hosts, such as /mymaster");
}

function parseDatabase(words: readonly string[]): number {
  const [database = ''] = words;
  if (words.length <= 1 && /^\d{0,5}$/.test(database)) return Number(database);
  throw invalid('expected a number at its end, the database, or nothing');
}

function parseQuery(query: string, kind: { tls: boolean; sentinel: boolean }): Map<string, string> {
  const known = [
    ...(kind.tls ? ['ca', 'cert', 'key', 'servername'] : []),
    ...(kind.sentinel ? ['sentinel-user', 'sentinel-password'] : []),
  ];
  const parameters = new Map<string, string>();
  for (const pair of query.split('&').filter((text) => text !== '')) {
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1));
    if (!known.includes(name)) {
      // Not named: after an & that was not encoded it is a piece of a password.
      throw invalid(
        `it has a parameter that it does not take (${known.length === 0 ? 'it takes none' : `it takes ${known.join(', ')}`})`,
      );
    }
    if (value === '') throw invalid(`its parameter ${name} is empty`);
    if (parameters.has(name)) throw invalid(`its parameter ${name} stands there twice`);
    parameters.set(name, value);
  }
  return parameters;
}

function parseTls(parameters: ReadonlyMap<string, string>): RedisTls {
  const file = (name: string): string | null => {
    const path = parameters.get(name) ?? null;
    // Functions run in folders of their own, so a relative path would mean another file in each.
    if (path !== null && !path.startsWith('/')) throw invalid(`its parameter ${name} is no absolute path`);
    return path;
  };
  const [cert, key] = [file('cert'), file('key')];
  if ((cert === null) !== (key === null)) throw invalid('cert and key go together: one of them is missing');
  return { ca: file('ca'), cert, key, servername: parameters.get('servername') ?? null };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('% must be followed by two hexadecimal digits (a % itself is %25)');
  }
}

function invalid(problem: string): FarmhandError {
  return new FarmhandError(
    'CONFIG_INVALID',
    `the URL of Redis (REDIS_URL or the secret redis-url): ${problem}; ${FORMS}`,
  );
}
