/** A share as people read it: 0.9927 → '99.3 %'; unknown is a dash. */
export function percent(share: number | null): string {
  return share === null ? '–' : `${(share * 100).toFixed(1)} %`;
}

/** 0.42 → '420 ms', 12.34 → '12.3 s', 125 → '2 min 5 s'. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** At most `digits` decimals, and none that say nothing: 4 → '4', 4.126 → '4.1'. */
export function decimal(value: number | null, digits = 1): string {
  return value === null ? '–' : String(Number(value.toFixed(digits)));
}

/** A moment of farm time (ms since 1970) as '2026-01-01 12:00:05', UTC. */
export function moment(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** '1 worker', '2 workers'. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
