import { FarmhandError } from '#shared/errors.ts';

const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/**
 * A Kubernetes quantity as a number: '512Mi' is 536,870,912 (bytes), '500m' is 0.5 (cores).
 * @param name what is told in an error, for example 'limits.memory'. @throws FarmhandError BODY_INVALID
 */
export function parseQuantity(name: string, text: string): number {
  const [, number, suffix = ''] = /^(\d+(?:\.\d+)?)(\D*)$/.exec(text) ?? [];
  const factor = SUFFIXES[suffix];
  const value = Number(number) * (factor ?? Number.NaN);
  if (value > 0) return value;
  throw new FarmhandError(
    'BODY_INVALID',
    `${name}: expected a quantity over 0 such as 128Mi or 500m, got '${text}'; suffixes: ${Object.keys(SUFFIXES).join(' ')}`,
  );
}
