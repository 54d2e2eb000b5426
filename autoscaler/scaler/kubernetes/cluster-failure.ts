import { z } from 'zod';
import { FarmhandError } from '#shared/errors.ts';
import { PassingFailure, retryAfterMs } from '../patience.ts';

/** What a call to the API server can throw: the client's ApiException, or whatever its transport throws. */
const apiException = z.object({
  code: z.int(),
  body: z.unknown(),
  headers: z.record(z.string(), z.string()).catch({}),
});

const statusText = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('expected JSON');
      return z.NEVER;
    }
  })
  .pipe(z.object({ message: z.string() }));

/** The failure of `call`, told without the exception's own text, which has every header in it. */
export function clusterFailure(thrown: unknown, call: string): FarmhandError {
  const refused = apiException.safeParse(thrown);
  if (!refused.success) return new PassingFailure('CLUSTER_UNREACHABLE', `${call}: ${transportReason(thrown)}`);
  const { code, body, headers } = refused.data;
  const message = `${call}: the API server answered ${code}: ${statusMessage(body)}`;
  if (code === 404) return new FarmhandError('NOT_FOUND', message);
  if (code === 409) return new FarmhandError('CONFLICT', message);
  if (code === 401 || code === 403)
    return new FarmhandError('CLUSTER_REFUSED', `${message}; see docs/scalers.md, Rights`);
  if (code !== 429 && code < 500) return new FarmhandError('CLUSTER_REFUSED', message);
  return new PassingFailure('CLUSTER_REFUSED', message, retryAfterMs(headers['retry-after']));
}

/** A Status has a message; proxies before an API server answer with whatever they like. */
function statusMessage(body: unknown): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return (statusText.safeParse(text).data?.message ?? text).slice(0, 300);
}

function transportReason(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'the call failed';
  if (thrown.name === 'TimeoutError') return 'no answer in time';
  const { cause } = thrown;
  return cause instanceof Error ? `${thrown.message}: ${cause.message}` : thrown.message;
}
