import { FarmhandError } from '#shared/errors.ts';
import { describeIssues } from '#shared/parse.ts';
import { ledgerSchema, type Ledger } from './ledger.ts';

/** @throws MODEL_INVALID that says where the ledger is and what is wrong with it */
export function parseLedger(text: string, where: string): Ledger {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new FarmhandError('MODEL_INVALID', `${where}: not JSON, or truncated: ${(cause as Error).message}`, {
      cause,
    });
  }
  const parsed = ledgerSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new FarmhandError('MODEL_INVALID', `${where}: ${describeIssues(parsed.error, document)}`);
}
