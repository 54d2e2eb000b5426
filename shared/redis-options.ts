import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { RedisOptions } from 'ioredis';
import { coerceError, FarmhandError } from './errors.ts';
import type { RedisTarget, RedisTls } from './redis-url.ts';

/** A client's options that follow from where it connects to. */
type Connection = Omit<RedisOptions, 'replyMapping'>;

/** For the server that holds the data. Reads the certificates. @throws CONFIG_INVALID that names the file that cannot be read */
export function redisOptions(target: RedisTarget): Connection {
  const { hosts, user, password, database, sentinel, tls } = target;
  const secure = tls === null ? null : tlsOptions(tls);
  const common = {
    db: database,
    ...(user !== null && { username: user }),
    ...(password !== null && { password }),
    ...(secure !== null && { tls: secure }),
  };
  if (sentinel === null) return { ...common, ...hosts[0] };
  return {
    ...common,
    sentinels: hosts.map((address) => ({ ...address })),
    name: sentinel.primary,
    ...(sentinel.user !== null && { sentinelUsername: sentinel.user }),
    ...(sentinel.password !== null && { sentinelPassword: sentinel.password }),
    ...(secure !== null && { sentinelTLS: secure, enableTLSForSentinelMode: true }),
  };
}

/** For the first of a target's Sentinels itself. */
export function sentinelOptions({ hosts, sentinel, tls }: RedisTarget): Connection {
  return {
    ...hosts[0],
    ...(sentinel !== null && sentinel.user !== null && { username: sentinel.user }),
    ...(sentinel !== null && sentinel.password !== null && { password: sentinel.password }),
    ...(tls !== null && { tls: tlsOptions(tls) }),
  };
}

function tlsOptions({ ca, cert, key, servername }: RedisTls): ConnectionOptions {
  return {
    // Not left to NODE_TLS_REJECT_UNAUTHORIZED: a farm's tasks go to nobody who cannot prove who he is.
    rejectUnauthorized: true,
    ...(ca !== null && { ca: readPem('ca', ca) }),
    ...(cert !== null && { cert: readPem('cert', cert) }),
    ...(key !== null && { key: readPem('key', key) }),
    ...(servername !== null && { servername }),
  };
}

function readPem(parameter: string, file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const { message } = coerceError(cause);
    throw new FarmhandError('CONFIG_INVALID', `the URL of Redis: its ${parameter} cannot be read: ${message}`, {
      cause,
    });
  }
  if (text.includes('-----BEGIN ')) return text;
  throw new FarmhandError('CONFIG_INVALID', `the URL of Redis: its ${parameter} ${file} is no PEM file (-----BEGIN …)`);
}
