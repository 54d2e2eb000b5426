import { FarmhandError } from '#shared/errors.ts';
import { parseRedisUrl } from '#shared/redis-url.ts';
import { isLoopback } from '../gateway/http/listener.ts';

/**
 * Where a gateway or a Redis listens on this machine's loopback, which containers do not reach; null for one elsewhere.
 * @throws FarmhandError CONFIG_INVALID for a Redis that containers can reach in no way.
 */
export function localTarget(url: string): { host: string; port: number } | null {
  if (!/^rediss?(\+sentinel)?:/.test(url)) {
    const { hostname, port } = new URL(url);
    return isLoopback(hostname) ? { host: hostname, port: Number(port) } : null;
  }
  const { hosts, sentinel, tls } = parseRedisUrl(url);
  if (tls !== null && (tls.ca ?? tls.cert ?? tls.key) !== null) {
    throw new FarmhandError('CONFIG_INVALID', 'REDIS_URL: containers do not see the certificate files that it names');
  }
  if (!hosts.some(({ host }) => isLoopback(host))) return null;
  if (tls === null && sentinel === null) return hosts[0];
  throw new FarmhandError(
    'CONFIG_INVALID',
    'REDIS_URL: with TLS or Sentinel, containers need an address of Redis that is not 127.0.0.1, ::1 or localhost',
  );
}
