import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What a process under test writes down, a line each, in the order in which it happens. A line is written before whatever
 * follows it, so a process that is killed has told all that it did. Times without a name are ms since 1970 by the process's
 * own (never skewed) clock; claimedAt and expiresAt are Redis TIME.
 */
export type LedgerEntry =
  | {
      readonly what: 'claimed';
      readonly id: string;
      readonly epoch: number;
      readonly claimedAt: number;
      readonly expiresAt: number;
    }
  | { readonly what: 'executed'; readonly id: string; readonly at: number }
  | { readonly what: 'finished'; readonly id: string; readonly epoch: number; readonly accepted: boolean }
  | { readonly what: 'crashed'; readonly id: string; readonly at: number; readonly point: string };

/** All that one process wrote. */
export interface ProcessLedger {
  readonly pid: number;
  readonly entries: readonly LedgerEntry[];
}

/** File of the process `pid` that started at `startedAt`, ms since 1970: pids come again. */
export function ledgerFile(folder: string, process: { pid: number; startedAt: number }): string {
  return join(folder, `${process.pid}-${Math.floor(process.startedAt)}.ndjson`);
}

/** Every ledger of a folder. A last line that a kill cut off is left out. */
export function readLedgers(folder: string): ProcessLedger[] {
  return readdirSync(folder).map((name) => ({
    pid: Number(name.split('-', 1)[0]),
    entries: readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LedgerEntry),
  }));
}
