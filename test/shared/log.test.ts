import { describe, expect, test } from 'vitest';
import { createLogger, silentLogger, type LogLevel } from '#shared/log.ts';

function capture(level: LogLevel = 'debug'): {
  log: ReturnType<typeof createLogger>;
  lines: () => Record<string, unknown>[];
} {
  const written: string[] = [];
  const log = createLogger({ fn: 'worker', level, write: (line) => void written.push(line) });
  return {
    log,
    lines: () =>
      written.map((line) => {
        expect(line.endsWith('\n')).toBe(true);
        return JSON.parse(line) as Record<string, unknown>;
      }),
  };
}

describe('a line', () => {
  test('is one JSON object with time, level, function, message and the fields', () => {
    const { log, lines } = capture();
    log.info({ task: 'a-1', waitMs: 12 }, 'task claimed');
    const [line] = lines();
    expect(line).toMatchObject({ level: 'info', fn: 'worker', message: 'task claimed', task: 'a-1', waitMs: 12 });
    expect(String(line?.['time'])).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  test('of a child has its fields as well', () => {
    const { log, lines } = capture();
    log.child({ run: 'r1' }).child({ phase: 2 }).warn({ late: true }, 'emitting late');
    expect(lines()[0]).toMatchObject({ run: 'r1', phase: 2, late: true, level: 'warn' });
  });

  test('shows an error with its type, message and stack', () => {
    const { log, lines } = capture();
    log.error({ error: new TypeError('broken') }, 'claim failed');
    expect(lines()[0]).toMatchObject({ error: { type: 'TypeError', message: 'broken' } });
  });

  test('with a line break in a field stays one line', () => {
    const { log, lines } = capture();
    log.info({ text: 'one\ntwo' }, 'three\nfour');
    expect(lines()).toHaveLength(1);
  });
});

describe('levels', () => {
  test.each([
    { level: 'debug', written: ['debug', 'info', 'warn', 'error'] },
    { level: 'info', written: ['info', 'warn', 'error'] },
    { level: 'warn', written: ['warn', 'error'] },
    { level: 'error', written: ['error'] },
    { level: 'silent', written: [] },
  ] as const)('$level writes $written', ({ level, written }) => {
    const { log, lines } = capture(level);
    for (const name of ['debug', 'info', 'warn', 'error'] as const) log[name]({}, name);
    expect(lines().map((line) => line['level'])).toEqual(written);
  });

  test('the silent logger and its children take everything and write nothing', () => {
    expect(silentLogger.child({ a: 1 })).toBe(silentLogger);
    for (const name of ['debug', 'info', 'warn', 'error'] as const)
      expect(() => silentLogger[name]({}, 'x')).not.toThrow();
  });
});

describe('a secret', () => {
  test.each(['token', 'password', 'authorization', 'redisUrl'])('under the key %s does not reach a line', (key) => {
    const { log, lines } = capture();
    log.info({ [key]: 'hunter2', request: { [key]: 'hunter2', headers: { [key]: 'hunter2' } } }, 'request');
    expect(JSON.stringify(lines())).not.toContain('hunter2');
    expect(lines()[0]?.[key]).toBe('[secret]');
  });
});

describe('a long line', () => {
  test('is cut far below the 64 KiB at which of-watchdog stops reading, and says so', () => {
    const { log, lines } = capture();
    log.info({ text: 'x'.repeat(200_000) }, 'much text');
    const [line] = lines();
    expect(line).toMatchObject({ level: 'warn', message: 'log line cut' });
    expect(line?.['bytes']).toBeGreaterThan(200_000);
    expect(JSON.stringify(line).length).toBeLessThan(16 * 1024);
  });

  test('counts in bytes, not characters', () => {
    const { log, lines } = capture();
    log.info({ text: '€'.repeat(6_000) }, 'much text');
    expect(lines()[0]).toMatchObject({ message: 'log line cut' });
  });

  test('of control characters is no longer once escaped', () => {
    const { log, lines } = capture();
    log.info({ text: '\u0001'.repeat(100_000) }, 'much text');
    expect(Buffer.byteLength(JSON.stringify(lines()[0]))).toBeLessThan(16 * 1024);
  });
});
