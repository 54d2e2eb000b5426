/** One look at the farm, as the charts keep it, made of what the routes and events carry. */

/** Every series of the history, in no particular order. */
export const SERIES = [
  'desired',
  'granted',
  'ready',
  'proposed',
  'input',
  'waiting',
  'inFlight',
  'result',
  'arrivals',
  'completions',
  'qos',
  'avgTime',
  'maxTime',
  'missed',
];

/** Order of the nine numbers (docs/control-loop.md). */
const NINE = {
  input: 0,
  waiting: 1,
  result: 2,
  completed: 3,
  granted: 4,
  avgTime: 5,
  maxTime: 6,
  arrivals: 7,
  qos: 8,
};

/**
 * Makes samples of looks that come one after the other; rates need the one before.
 * A look: {values: nine numbers, info, workers?, totals?, proposed?}.
 */
export class Sampler {
  #previous = null;

  /** {at: farm time in ms, values by series}, or null for a look that shows nothing or is not newer. */
  sample({ values, info, workers, totals, proposed }) {
    if (values == null || info == null) return null;
    const previous = this.#previous;
    if (previous !== null && info.at <= previous.at) return null;
    const nine = Object.fromEntries(Object.entries(NINE).map(([name, place]) => [name, values[place]]));
    const missedInAll = missedOf(totals);
    this.#previous = { at: info.at, completed: nine.completed, missedInAll };
    const { completed, ...seen } = nine;
    return {
      at: info.at,
      values: {
        ...seen,
        qos: nine.qos * 100,
        granted: workers?.granted ?? nine.granted,
        desired: workers?.desired ?? nine.granted,
        ready: workers?.ready ?? info.ready,
        inFlight: info.inFlight,
        proposed: proposed ?? undefined,
        completions: rate(previous, { at: info.at, completed }),
        missed: missedInAll === undefined ? estimate(previous, nine) : difference(previous?.missedInAll, missedInAll),
      },
    };
  }
}

/** Tasks that ended without a result in time; undefined where the farm does not tell. */
export function missedOf(totals) {
  return totals == null ? undefined : totals.collected - totals.met + totals.dead;
}

/** Tasks that ended, with a result or without; undefined where the farm does not tell. */
export function endedOf(totals) {
  return totals == null ? undefined : totals.collected + totals.dead;
}

/** Tasks per second; a counter that fell began anew. */
function rate(previous, { at, completed }) {
  if (previous === null || completed < previous.completed) return undefined;
  return ((completed - previous.completed) * 1000) / (at - previous.at);
}

/** Where only the nine numbers are known, as of the decisions made before the page was opened: the share that was late. */
function estimate(previous, { completed, qos }) {
  return previous === null || completed < previous.completed
    ? undefined
    : Math.round((completed - previous.completed) * (1 - qos));
}

function difference(before, after) {
  return before === undefined || after === undefined ? undefined : Math.max(0, after - before);
}
