import type { FastifyBaseLogger } from 'fastify';
import type { Logger } from './log.ts';

type Say = (first: unknown, message?: string) => void;

/** Fastify's view of our logger, so that `request.log` in a route writes our lines and adds the request's call id. */
export function fastifyLogger(log: Logger): FastifyBaseLogger {
  const debug = say(log.debug.bind(log));
  const error = say(log.error.bind(log));
  return {
    level: 'info',
    silent: () => undefined,
    trace: debug,
    debug,
    info: say(log.info.bind(log)),
    warn: say(log.warn.bind(log)),
    error,
    fatal: error,
    child: (fields) => fastifyLogger(log.child(fields)),
  };
}

/** pino's calls take fields and a message, a message alone, or an error; ours take fields and a message. */
function say(write: (fields: Record<string, unknown>, message: string) => void): Say {
  return (first, message) => {
    if (first instanceof Error) write({ error: first }, message ?? first.message);
    else if (typeof first === 'object' && first !== null) write({ ...first }, message ?? '');
    else write({}, message ?? String(first));
  };
}
