import { quantile } from '../live/statistics.ts';

/** Ours over theirs, turn by turn: what else the machine does meets both halves of a pair about alike. */
export interface PairedRatio {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Null where there are no pairs. */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): PairedRatio | null {
  const ratios = theirs.flatMap((their, turn) => {
    const our = ours[turn];
    return our === undefined ? [] : [our / their];
  });
  if (ratios.length === 0) return null;
  return { median: quantile(ratios, 0.5), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
}
