import { FarmhandError } from '#shared/errors.ts';

/** A number in a policy's name: 0.7, 5, 1.25, but not 05 and not .5. */
export const NUMBER = String.raw`(?:0|[1-9]\d{0,3})(?:\.\d{1,3})?`;
/** A whole number in a policy's name. */
export const WHOLE = String.raw`(?:0|[1-9]\d{0,3})`;

export interface OptionRange {
  /** As the name's pattern calls it: TARGET, BETA, … */
  readonly option: string;
  readonly least: number;
  readonly most: number;
}

/** The number that stands in a policy's name, or the default where none does. @throws UNKNOWN_POLICY out of range. */
export function readOption(
  text: string | undefined,
  { otherwise, name, range }: { otherwise: number; name: string; range: OptionRange },
): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  const { option, least, most } = range;
  if (value >= least && value <= most) return value;
  throw new FarmhandError('UNKNOWN_POLICY', `policy ${name}: ${option} must be from ${least} to ${most}, got ${text}`);
}
