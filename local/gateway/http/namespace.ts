import { FarmhandError } from '#shared/errors.ts';

/** There is one function namespace; naming it is optional. @throws FarmhandError BODY_INVALID for any other. */
export function checkNamespace(given: string | null | undefined, namespace: string): void {
  if (given === null || given === undefined || given === '' || given === namespace) return;
  throw new FarmhandError(
    'BODY_INVALID',
    `namespace: expected ${JSON.stringify(namespace)}, got ${JSON.stringify(given)}`,
  );
}
