import { describe, expect, it } from 'vitest';
import { fastifyLogger } from '#shared/http-log.ts';
import { createLogger } from '#shared/log.ts';

/** The last line that `say` makes a logger of level debug print. */
function lineOf(say: (log: ReturnType<typeof fastifyLogger>) => void): Record<string, unknown> {
  const lines: string[] = [];
  say(fastifyLogger(createLogger({ fn: 'demo', level: 'debug', write: (line) => lines.push(line) })));
  return JSON.parse(lines.at(-1) ?? 'null') as Record<string, unknown>;
}

describe('fastifyLogger', () => {
  it.each([
    ['fields and a message', (log) => log.info({ run: 'r1' }, 'said'), { level: 'info', run: 'r1', message: 'said' }],
    ['a message', (log) => log.warn('said'), { level: 'warn', message: 'said' }],
    [
      'an error',
      (log) => log.error(new Error('broken')),
      { level: 'error', message: 'broken', error: { type: 'Error' } },
    ],
    [
      'an error and a message',
      (log) => log.error(new Error('broken'), 'said'),
      { message: 'said', error: { message: 'broken' } },
    ],
    ["a fatal line, which is an error's", (log) => log.fatal({}, 'said'), { level: 'error', message: 'said' }],
    ["a trace, which is debug's", (log) => log.trace({}, 'said'), { level: 'debug', message: 'said' }],
    ["a request's own line", (log) => log.child({ callId: 'c1' }).info('said'), { callId: 'c1', message: 'said' }],
  ] as [string, (log: ReturnType<typeof fastifyLogger>) => void, object][])('writes %s as ours', (_, say, line) => {
    expect(lineOf(say)).toMatchObject({ fn: 'demo', ...line });
  });
});
