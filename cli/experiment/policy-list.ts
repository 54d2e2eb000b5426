import type { CompareSettings } from '#autoscaler/run/compare/settings.ts';
import { readPolicyList as readList } from '#autoscaler/run/wishes/policy-list.ts';
import { FarmhandError } from '#shared/errors.ts';

/** `--policies` (policy-list.ts of run/wishes). @throws USAGE for an empty name, a name twice, or a range that goes nowhere */
export function readPolicyList(text: string): CompareSettings['policies'] {
  return readList(text, { refuse: (because) => new FarmhandError('USAGE', `--policies: ${because}`) });
}
