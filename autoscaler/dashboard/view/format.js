/** Numbers for people, each with its unit. What is not known is a dash. */

const NOTHING = '–';

export const count = (value) => (value == null ? NOTHING : Math.round(value).toLocaleString('en'));
export const fixed = (value, digits, unit = '') =>
  value == null || Number.isNaN(value) ? NOTHING : `${value.toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`;
/** 0.984 → '98.4 %'. */
export const share = (value) => fixed(value == null ? null : value * 100, 1, '%');
export const seconds = (value) => fixed(value, value != null && Math.abs(value) >= 100 ? 0 : 2, 's');
export const rate = (value) => fixed(value, value != null && value >= 100 ? 0 : 2, 'tasks/s');

const clockTime = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const dayAndTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

/** 14:05:09, in the reader's own time. */
export const timeOfDay = (ms) => (ms == null ? NOTHING : clockTime.format(ms));
export const dateTime = (ms) => (ms == null ? NOTHING : dayAndTime.format(new Date(ms)));

/** 95_000 → '1 min 35 s'. */
export function duration(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

export function bytes(value) {
  if (value == null) return NOTHING;
  return value < 1_000_000 ? `${(value / 1000).toFixed(1)} kB` : `${(value / 1e6).toFixed(1)} MB`;
}

/** An interval round a value, or nothing where it has none. */
export const plusMinus = (ci, value, digits) =>
  Array.isArray(ci) ? ` ± ${((ci[1] - ci[0]) / 2).toFixed(digits)}` : value == null ? '' : '';
