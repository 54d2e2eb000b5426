import { coerceError, FarmhandError } from './errors.ts';
import { describeTarget, type RedisTarget } from './redis-url.ts';

interface Failure {
  readonly code: 'REDIS_REFUSED' | 'REDIS_UNREACHABLE';
  /** After "Redis at <where>" or "the Sentinels at <where>". */
  readonly sentence: (why: string) => string;
}

const setting = 'REDIS_URL or the secret redis-url';

/** What a failed connection may say, the first match counts: in the error's code or in its message. */
const failures: readonly (readonly [RegExp, Failure])[] = [
  [
    / sentinel .*(WRONGPASS|NOAUTH|NOPERM|invalid password)/is,
    refused(() => `: the Sentinels refuse their user or password; check sentinel-password in ${setting}`),
  ],
  [/WRONGPASS|NOAUTH|NOPERM|invalid password/i, refused(() => ` refuses the user or password; check ${setting}`)],
  [
    /ALTNAME_INVALID/,
    refused(
      (why) =>
        ` shows a certificate for another name (${why}); add the name to it, or say which it has with ?servername=`,
    ),
  ],
  [
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_(HAS|NOT|UNTRUSTED|SIGNATURE|REVOKED|REJECTED)/,
    refused(
      (why) =>
        ` shows a certificate that is not trusted (${why}); name the authority that signed it with ?ca=/path/to/ca.pem`,
    ),
  ],
  [
    /alert (certificate|bad certificate|unknown ca|unsupported certificate|handshake failure)/i,
    refused((why) => ` refuses our certificate, or the lack of one (${why}); it goes with ?cert=/path&key=/path`),
  ],
  [
    /No such master|invalid reply: null/,
    unreachable(() => ': its Sentinels know no primary of that name; check the name at the end of the URL'),
  ],
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UNREACH/,
    unreachable((why) => ` does not answer (${why}); is it running, and is REDIS_URL right?`),
  ],
];

/** Why no connection could be made, in words that say where and what to do. It holds no password, and neither does its cause. */
export function connectionFailure(target: RedisTarget, thrown: unknown): FarmhandError {
  const cause = coerceError(thrown);
  forgetArguments(cause);
  const { code: detail = '' } = cause as NodeJS.ErrnoException;
  const { code, sentence } =
    failures.find(([pattern]) => pattern.test(cause.message) || pattern.test(detail))?.[1] ?? silence(target);
  // OpenSSL's messages end with a newline; ours are one line.
  const why = cause.message.replace(/\s+/g, ' ').trim();
  const message = `Redis at ${describeTarget(target)}${sentence(why)}`;
  return new FarmhandError(code, message, { cause });
}

/** Neither side says anything where one speaks TLS and the other does not. */
function silence({ tls }: RedisTarget): Failure {
  const more =
    tls === null
      ? 'does it want TLS (rediss://)'
      : 'does it speak TLS on that port, did ?ca= sign its certificate, does it want one of ours (?cert=/path&key=/path)';
  return unreachable((why) => ` does not answer (${why}); is it running, ${more}, and is REDIS_URL right?`);
}

/** The client's errors carry the command that failed, and that of a refused login holds the password. */
export function forgetArguments(error: Error): void {
  Reflect.deleteProperty(error, 'command');
}

function refused(sentence: Failure['sentence']): Failure {
  return { code: 'REDIS_REFUSED', sentence };
}

function unreachable(sentence: Failure['sentence']): Failure {
  return { code: 'REDIS_UNREACHABLE', sentence };
}

/**
 * Redis is over maxmemory and may drop nothing (OOM), or cannot write its file to the disk (MISCONF): it refused a write and
 * changed nothing. A transaction says it of the command in it that was refused, and is discarded as a whole.
 */
export function isFull(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const { previousErrors = [] } = thrown as Error & { previousErrors?: readonly Error[] };
  return [thrown, ...previousErrors].some(({ message }) => /^(OOM|MISCONF) /.test(message));
}
