import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { errorRegistry, FarmhandError, type ErrorCode } from '#shared/errors.ts';
import { parseRequest, toHttpError } from '#shared/http-errors.ts';

const schema = z.strictObject({ ids: z.array(z.string('expected text')), limit: z.int('expected a whole number') });

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('nothing was thrown');
}

describe('toHttpError', () => {
  it.each(Object.keys(errorRegistry) as ErrorCode[])(
    'gives %s the status of the registry, and its own message',
    (code) => {
      expect(toHttpError(new FarmhandError(code, 'what failed; what to do'))).toEqual({
        status: errorRegistry[code].status,
        body: { error: { code, message: 'what failed; what to do' } },
      });
    },
  );

  it('names every key of a schema that is broken', () => {
    const thrown = thrownBy(() => schema.parse({ ids: ['a', 1], limit: 'ten' }));
    expect(toHttpError(thrown)).toEqual({
      status: 422,
      body: { error: { code: 'FIELD_INVALID', message: 'ids.1: expected text; limit: expected a whole number' } },
    });
  });

  const oom = new Error("OOM command not allowed when used memory > 'maxmemory'.");
  it.each([
    ['a command', oom],
    ['a write that no disk takes', new Error('MISCONF Errors writing to the AOF file: No space left on device')],
    ['a transaction', Object.assign(new Error('EXECABORT Transaction discarded'), { previousErrors: [oom] })],
  ])('says of %s that Redis has no room for: nothing was accepted', (_, thrown) => {
    expect(toHttpError(thrown)).toMatchObject({ status: 503, body: { error: { code: 'REDIS_FULL' } } });
  });

  it.each([
    ['an error', new TypeError('redis://:secret@host')],
    ['a text', 'redis://:secret@host'],
    ['nothing', undefined],
    ['an object', { url: 'redis://:secret@host' }],
    ['an error that calls itself a success', Object.assign(new Error('redis://:secret@host'), { statusCode: 200 })],
  ])('shows nothing of %s that is no error of ours', (_, thrown) => {
    expect(toHttpError(thrown)).toEqual({
      status: 500,
      body: { error: { code: 'INTERNAL', message: 'a defect in Farmhand; the log has it under this call id' } },
    });
  });
});

describe('parseRequest', () => {
  it('gives the value, with its defaults', () => {
    expect(parseRequest(z.object({ limit: z.coerce.number().default(20) }), {})).toEqual({ limit: 20 });
  });

  it('refuses with key, what is allowed, and what was found', () => {
    const thrown = thrownBy(() => parseRequest(schema, { ids: [], limit: 1.5 }));
    expect(thrown).toMatchObject({ code: 'FIELD_INVALID', message: 'limit: expected a whole number, got 1.5' });
  });

  const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
  it.each([
    ['any JSON', z.object({ payload: z.json() })],
    ['what is read later', z.object({ payload: z.unknown() })],
    ['something else, and would be shown', z.object({ payload: z.int() })],
  ])('refuses what is nested without end where it takes %s', (_, taking) => {
    const thrown = thrownBy(() => parseRequest(taking, { payload: nested(50_000) }));
    const message = 'payload: expected at most 200 levels of lists and sections';
    expect(thrown).toMatchObject({ code: 'FIELD_INVALID', message });
  });

  it('takes as many levels as it says', () => {
    const of = (levels: number): unknown => parseRequest(z.array(z.json()), [nested(levels)]);
    expect(of(200)).toEqual([nested(200)]);
    expect(() => of(201)).toThrow('0: expected at most 200 levels');
  });
});
