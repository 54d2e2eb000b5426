/** The gateway does not do what it must. */
export class Unmet extends Error {
  override readonly name = 'Unmet';
}

/** The requirement cannot be tried on this gateway or with this probe; the report counts it and says why. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable';
}

/** @throws Unmet unless it holds */
export function demand(holds: boolean, instead: string): asserts holds {
  if (!holds) throw new Unmet(instead);
}
