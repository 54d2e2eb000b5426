import { errorRegistry, FarmhandError, type ErrorCode } from '#shared/errors.ts';
import { z } from 'zod';
import { fileRefusal } from './file-refusal.ts';

const errorCode = z.enum(Object.keys(errorRegistry) as [ErrorCode, ...ErrorCode[]]);

const schema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('step'), sentence: z.string() }),
  z.strictObject({ type: z.literal('up'), url: z.string() }),
  z.strictObject({
    type: z.literal('failed'),
    error: z.strictObject({ code: errorCode, message: z.string() }),
  }),
]);

/** What the daemon tells the process that started it: any number of steps, then `up` or `failed`. */
export type DaemonMessage = z.infer<typeof schema>;

export function parseDaemonMessage(raw: unknown): DaemonMessage {
  return schema.parse(raw);
}

export function failureMessage(thrown: Error): DaemonMessage {
  const error = fileRefusal(thrown) ?? thrown;
  const code = error instanceof FarmhandError ? error.code : 'INTERNAL';
  return { type: 'failed', error: { code, message: error.message } };
}
