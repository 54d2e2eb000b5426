import type { Scaling } from './gateway-proxy.ts';

/** When a process was killed. */
export interface Death {
  readonly pid: number;
  /** Monotonic, ms. */
  readonly atMs: number;
}

/**
 * How many requests came from one process within a step of another one's that was still alive. A leader that dies right
 * after it has scaled may be followed within a step by its successor, which acts on what it finds.
 */
export function countDoubleScaling(
  scalings: readonly Scaling[],
  { stepMs, deaths }: { stepMs: number; deaths: readonly Death[] },
): number {
  const alive = (pid: number | null, atMs: number): boolean =>
    !deaths.some((death) => death.pid === pid && death.atMs <= atMs);
  return scalings.filter((later, i) =>
    scalings
      .slice(0, i)
      .some(({ pid, atMs }) => pid !== later.pid && later.atMs - atMs < stepMs && alive(pid, later.atMs)),
  ).length;
}
