import { z } from 'zod';

/**
 * Numbers and words as settings have them. `what` is a noun with its unit ("a time in s"), and each message is the whole of
 * what is allowed ("expected a time in s over 0"), so that farm.yml can be held against it.
 */

export function positive(what: string) {
  const allowed = `expected ${what} over 0`;
  return z.number(allowed).positive(allowed);
}

export function positiveOrNull(what: string) {
  const allowed = `expected ${what} over 0, or null`;
  return z.number(allowed).positive(allowed).nullable();
}

export function notNegative(what: string) {
  const allowed = `expected ${what}, 0 or more`;
  return z.number(allowed).nonnegative(allowed);
}

export function atLeast(min: number, what: string) {
  const allowed = `expected ${what}, ${min} or more`;
  return z.number(allowed).min(min, allowed);
}

/** Over 0 and at most `max`. */
export function upTo(max: number, what: string) {
  const allowed = `expected ${what} over 0 and at most ${max}`;
  return z.number(allowed).positive(allowed).max(max, allowed);
}

/** A whole number from `min` to `max`, both included. */
export function whole(min: number, max: number, what: string) {
  const allowed = `expected ${what} from ${min} to ${max}`;
  return z.int(allowed).min(min, allowed).max(max, allowed);
}

export function wholeOrNull(min: number, max: number, what: string) {
  const allowed = `expected ${what} from ${min} to ${max}, or null`;
  return z.int(allowed).min(min, allowed).max(max, allowed).nullable();
}

/** A share, from 0 to 1. */
export const share = z
  .number('expected a share from 0 to 1')
  .min(0, 'expected a share from 0 to 1')
  .max(1, 'expected a share from 0 to 1');

const LARGEST_SEED = 2 ** 31 - 1;

/** The seed of a run. */
export const seed = whole(0, LARGEST_SEED, 'a whole number');
export const seedOrNull = wholeOrNull(0, LARGEST_SEED, 'a whole number');

export const yesOrNo = z.boolean('expected true or false');

/** Text of 1 to `max` characters. */
export function text(max: number) {
  const allowed = `expected a text of 1 to ${max} characters`;
  return z.string(allowed).min(1, allowed).max(max, allowed);
}

/** One of a few words. */
export function oneOf<const Words extends readonly string[]>(...words: Words) {
  return z.enum(words, `expected one of ${words.join(', ')}`);
}
