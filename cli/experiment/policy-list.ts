import { FarmhandError } from '#shared/errors.ts';
import type { CompareSettings } from '#autoscaler/run/compare/settings.ts';

type Policies = CompareSettings['policies'];

/** 'static-12..18': as many policies as there are numbers. */
const RANGE = /^(.*\D)(\d+)\.\.(\d+)$/;
/** 'clairvoyant@20': on the first 20 seeds only. */
const FEWER_SEEDS = /^(.+)@([1-9]\d*)$/;

const MOST_OF_A_RANGE = 64;

/**
 * The policies that a comparison names: separated by commas, with ranges and numbers of seeds.
 * @throws USAGE for an empty name, a name twice, or a range that goes nowhere
 */
export function readPolicyList(text: string): Policies {
  const policies = text.split(',').flatMap((part) => {
    const [, named = part.trim(), seeds] = FEWER_SEEDS.exec(part.trim()) ?? [];
    return expand(named).map((name) => ({ name, seeds: seeds === undefined ? null : Number(seeds) }));
  });
  const names = policies.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new FarmhandError('USAGE', `--policies: ${twice} stands there twice`);
  return policies;
}

function expand(name: string): string[] {
  if (name === '') throw new FarmhandError('USAGE', '--policies: expected names, separated by commas');
  const [, stem, first, last] = RANGE.exec(name) ?? [];
  if (stem === undefined) return [name];
  const from = Number(first);
  const count = Number(last) - from + 1;
  if (count < 1 || count > MOST_OF_A_RANGE) {
    throw new FarmhandError(
      'USAGE',
      `--policies: ${name}: expected a range of 1 to ${MOST_OF_A_RANGE}, as in static-12..18`,
    );
  }
  return Array.from({ length: count }, (_, index) => `${stem}${from + index}`);
}
