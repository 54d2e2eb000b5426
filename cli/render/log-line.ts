import type { LogLine } from '../farm/logs.ts';

/** Fields that stand elsewhere in the line, or say the same for every line. */
const known = new Set(['time', 'level', 'message', 'fn', 'pid', 'hostname', 'instance']);

/**
 * One line for people: time, level, instance, sentence, then what else the line has as key=value. A line that is not one of
 * our JSON lines stands as it is.
 */
export function renderLogLine({ timestamp, instance, text }: LogLine): string {
  const fields = readFields(text);
  if (fields === null) return clean(`${clockTime(timestamp)}  ${''.padEnd(5)}  ${instance}  ${text}`);
  const { time, level, message } = fields;
  const rest = Object.entries(fields)
    .filter(([key]) => !known.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const moment = typeof time === 'string' ? time : timestamp;
  const word = typeof level === 'string' ? level : '';
  const sentence = typeof message === 'string' ? message : '';
  return clean([clockTime(moment), word.padEnd(5), instance, [sentence, ...rest].join(' ')].join('  '));
}

function readFields(text: string): Record<string, unknown> | null {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** '2026-01-01T12:00:05.123Z' → '12:00:05.123' */
function clockTime(timestamp: string): string {
  return timestamp.slice(11, 23).replace('Z', '').padEnd(12);
}

/** A task may have written anything; it must not steer the terminal. */
function clean(line: string): string {
  return line.replaceAll(/\p{Cc}+/gu, ' ').trimEnd();
}
