import type { CompareSettings } from '../compare/settings.ts';

type Policies = CompareSettings['policies'];

/** 'static-12..18': as many policies as there are numbers. */
const RANGE = /^(.*\D)(\d+)\.\.(\d+)$/;
/** 'clairvoyant@20': on the first 20 seeds only. `sarsa@2` would be a model's version; a store is looked into first. */
const FEWER_SEEDS = /^(.+)@([1-9]\d*)$/;

const MOST_OF_A_RANGE = 64;

export interface PolicyListReader {
  /** Says what is wrong, in the words of whoever asked. */
  readonly refuse: (because: string) => Error;
  /** Whether a part stands for one policy as it is written: a stored model's version, for example. */
  readonly isOne?: (name: string) => boolean;
}

/**
 * The policies that a comparison names: separated by commas, with ranges and numbers of seeds.
 * @throws what `refuse` gives, for an empty name, a name twice, or a range that goes nowhere
 */
export function readPolicyList(text: string, { refuse, isOne = () => false }: PolicyListReader): Policies {
  const policies = text.split(',').flatMap((each) => {
    const part = each.trim();
    if (isOne(part)) return [{ name: part, seeds: null }];
    const [, named = part, seeds] = FEWER_SEEDS.exec(part) ?? [];
    return expand(named, refuse).map((name) => ({ name, seeds: seeds === undefined ? null : Number(seeds) }));
  });
  const names = policies.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw refuse(`${twice} stands there twice`);
  return policies;
}

function expand(name: string, refuse: PolicyListReader['refuse']): string[] {
  if (name === '') throw refuse('expected names, separated by commas');
  const [, stem, first, last] = RANGE.exec(name) ?? [];
  if (stem === undefined) return [name];
  const from = Number(first);
  const count = Number(last) - from + 1;
  if (count < 1 || count > MOST_OF_A_RANGE) {
    throw refuse(`${name}: expected a range of 1 to ${MOST_OF_A_RANGE}, as in static-12..18`);
  }
  return Array.from({ length: count }, (_, index) => `${stem}${from + index}`);
}
