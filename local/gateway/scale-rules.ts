import { FarmhandError } from '#shared/errors.ts';

/** A typing mistake must not start more processes than a machine can hold. */
export const MOST_REPLICAS = 1000;

/** How many replicas a function may have. */
export interface ScaleRules {
  /** com.openfaas.scale.min, default 1: what a function starts with. */
  readonly min: number;
  /** com.openfaas.scale.max; null when the label is absent. */
  readonly max: number | null;
  /** com.openfaas.scale.factor, default 10: the share of max, in percent, that one step up by throughput adds; 0: no step. */
  readonly factor: number;
  /** The gateway's own limit; null: none. */
  readonly cap: number | null;
}

const DEFAULT_FACTOR = 10;

/**
 * Reads the scaling labels.
 * @throws FarmhandError BODY_INVALID when min or max is no whole number from 1 up to the cap (the Community Edition refuses
 * labels above 5 as well), when min is above max, or when the factor is no percentage.
 */
export function scaleRules(labels: Readonly<Record<string, string>>, cap: number | null): ScaleRules {
  const min = readLabel(labels, 'com.openfaas.scale.min', cap);
  const max = readLabel(labels, 'com.openfaas.scale.max', cap);
  if (min !== null && max !== null && min > max) {
    throw new FarmhandError(
      'BODY_INVALID',
      `labels.com.openfaas.scale.min: expected at most com.openfaas.scale.max (${max}), got ${min}`,
    );
  }
  return { min: min ?? 1, max, factor: readFactor(labels), cap };
}

function readFactor(labels: Readonly<Record<string, string>>): number {
  const name = 'com.openfaas.scale.factor';
  const value = labels[name];
  if (value === undefined) return DEFAULT_FACTOR;
  const percent = /^\d{1,3}$/.test(value) ? Number(value) : NaN;
  if (percent <= 100) return percent;
  throw new FarmhandError(
    'BODY_INVALID',
    `labels.${name}: expected a whole number from 0 to 100 as a string, got ${JSON.stringify(value)}`,
  );
}

function readLabel(labels: Readonly<Record<string, string>>, name: string, cap: number | null): number | null {
  const value = labels[name];
  if (value === undefined) return null;
  const most = cap ?? MOST_REPLICAS;
  const replicas = /^\d{1,6}$/.test(value) ? Number(value) : NaN;
  if (replicas >= 1 && replicas <= most) return replicas;
  throw new FarmhandError(
    'BODY_INVALID',
    `labels.${name}: expected a whole number from 1 to ${most} as a string, got ${JSON.stringify(value)}`,
  );
}

/**
 * What a request for `requested` replicas is given. A function whose min equals its max keeps that number. A cap forces
 * requests into 1 to cap and tells nobody, as the Community Edition does with 5: 0 → 1, 8 → 5. Otherwise what is asked is
 * granted, 0 included.
 */
export function grantReplicas(requested: number, rules: ScaleRules): number {
  if (rules.min === rules.max) return rules.min;
  if (rules.cap === null) return requested;
  return Math.min(Math.max(requested, 1), rules.cap);
}

/** Replicas after an update: the present number, moved into min to max. */
export function replicasAfterUpdate(present: number, rules: ScaleRules): number {
  const ceiling = Math.min(rules.max ?? MOST_REPLICAS, rules.cap ?? MOST_REPLICAS);
  return Math.min(Math.max(present, rules.min), ceiling);
}
