import { pino } from 'pino';

/** Fields first, sentence second. Levels by audience: debug for us, info for who runs it, warn with a consequence, error with a way out. */
export interface Logger {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
  /** A logger that adds `fields` to each line. */
  child(fields: Record<string, unknown>): Logger;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/**
 * of-watchdog 0.11 stops reading the pipe of a function that prints a line longer than its 64 KiB buffer, and the function
 * then freezes on a full pipe; so no line of ours comes near it.
 */
const MAX_LINE_BYTES = 16 * 1024;

function capLine(line: string): string {
  if (Buffer.byteLength(line) <= MAX_LINE_BYTES) return line;
  const head = line.slice(0, MAX_LINE_BYTES / 4);
  return `${JSON.stringify({ level: 'warn', message: 'log line cut', bytes: Buffer.byteLength(line), head })}\n`;
}

const secretKeys = ['token', 'password', 'authorization', 'redisUrl'];

/** JSON lines on standard output (or `write`), one object a line: time, level, fn, message, and the caller's fields. */
export function createLogger(options: { fn: string; level: LogLevel; write?: (line: string) => void }): Logger {
  const write = options.write ?? ((line: string) => void process.stdout.write(line));
  return pino(
    {
      level: options.level,
      base: { fn: options.fn },
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
      // A secret that is logged by mistake, by itself or inside a request or an error, does not reach a line.
      redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[secret]' },
    },
    { write: (line: string) => write(capLine(line)) },
  );
}

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
