import type { Correction, ShieldResult, ShieldRule } from './shield.ts';

/** What one rule makes of a number of workers; null, or the same number: it has nothing against it. */
export type Rule<Situation> = (
  wanted: number,
  situation: Situation,
) => { readonly to: number; readonly because: string } | null;

export type NamedRule<Situation> = readonly [ShieldRule, Rule<Situation>];

/** Applies rules in their order, each to what the ones before it have left. */
export function applyRules<Situation>(
  rules: readonly NamedRule<Situation>[],
  wanted: number,
  situation: Situation,
): ShieldResult {
  let replicas = wanted;
  const corrections: Correction[] = [];
  for (const [rule, apply] of rules) {
    const change = apply(replicas, situation);
    if (change === null || change.to === replicas) continue;
    corrections.push({ rule, from: replicas, to: change.to, because: change.because });
    replicas = change.to;
  }
  return { replicas, corrections };
}
