import { FarmhandError } from '#shared/errors.ts';

/** The function could not be made to answer. The status is what OpenFaaS' gateway says in this case. */
export class NoAnswer extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'NoAnswer';
    this.status = status;
  }
}

/** The HTTP status of an error that is meant for the caller; null for a defect. */
export function statusOf(thrown: unknown): number | null {
  return thrown instanceof NoAnswer || thrown instanceof FarmhandError ? thrown.status : null;
}
