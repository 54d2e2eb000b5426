import { InvalidArgumentError, Option } from 'commander';

/** Reads a whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  const allowed = `expected a whole number from ${min} to ${max}`;
  return (text) => {
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) throw new InvalidArgumentError(allowed);
    return value;
  };
}

/** Reads any number. */
export function number(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError('expected a number');
  return value;
}

/** Reads numbers, separated by commas. */
export function numbers(text: string): number[] {
  try {
    return text.split(',').map(number);
  } catch {
    throw new InvalidArgumentError('expected numbers, separated by commas');
  }
}

/** Reads a number over 0. */
export function positive(text: string): number {
  const value = number(text);
  if (value <= 0) throw new InvalidArgumentError('expected a number over 0');
  return value;
}

/** Reads a share from 0 to 1. */
export function share(text: string): number {
  const value = number(text);
  if (value < 0 || value > 1) throw new InvalidArgumentError('expected a share from 0 to 1');
  return value;
}

/** An option that takes one of some names; the first is its default. */
export function oneOfNames(flags: string, what: string, names: readonly string[]): Option {
  return new Option(flags, what).choices(names).default(names[0]);
}

/** Reads a number of seconds over 0. */
export function seconds(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (!(value > 0)) throw new InvalidArgumentError('expected a number of seconds over 0');
  return value;
}

/** Reads whole numbers from `min` to `max`, separated by commas. */
export function wholeNumbers(min: number, max: number): (text: string) => number[] {
  const one = wholeNumber(min, max);
  return (text) => {
    try {
      return text.split(',').map((part) => one(part.trim()));
    } catch {
      throw new InvalidArgumentError(`expected whole numbers from ${min} to ${max}, separated by commas`);
    }
  };
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a moment: RFC 3339, or how long ago ('90s', '15m', '2h', '1d'), as what to subtract from now or as ms since 1970. */
export function moment(text: string): { agoMs: number } | { atMs: number } {
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) return { agoMs: Number(amount) * (unitMs[unit] ?? 0) };
  const atMs = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(atMs)) {
    throw new InvalidArgumentError('expected a time such as 2026-01-31T12:00:00Z, or how long ago: 90s, 15m, 2h, 1d');
  }
  return { atMs };
}
