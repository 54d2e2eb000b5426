import type { Outcome } from './requirement.ts';

const words = { passed: 'pass', failed: 'FAIL', skipped: 'skip' } as const;

/** One line of the report. */
export function outcomeLine({ name, result, because, seconds }: Outcome): string {
  const line = `${words[result]}  ${name.padEnd(36)} ${seconds.toFixed(1).padStart(5)} s`;
  return because === null ? line : `${line}  ${because}`;
}

/** 'N passed, N failed, N skipped' */
export function tally(outcomes: readonly Outcome[]): string {
  const count = (result: Outcome['result']): number => outcomes.filter((outcome) => outcome.result === result).length;
  return `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`;
}
