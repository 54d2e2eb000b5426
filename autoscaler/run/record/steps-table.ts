import type { EpisodeRecord, StepRow } from '../episode.ts';

/** The fifteen columns of the reference's step table (task-farm reference, training.log), in its order and units. */
const REFERENCE_COLUMNS = [
  'step',
  'time_s',
  'action',
  'scale_time_s',
  'step_dur_s',
  'input_q',
  'worker_q',
  'result_q',
  'output_q',
  'workers',
  'qos_pct',
  'avg_time_s',
  'max_time_s',
  'arrival_rate',
  'reward',
] as const;

const OWN_COLUMNS = ['applied', 'in_flight', 'active'] as const;

/**
 * Episodes step by step, as CSV. `action` is the change of workers that was asked for, `applied` the one that was granted.
 * `scale_time_s` is empty: here a step does not wait for its scaling to end, so there is no such time.
 * The reward's terms follow, `reward_<term>` each.
 */
export function stepsTable(episodes: readonly EpisodeRecord[]): string {
  const terms = rewardTerms(episodes);
  return (
    stepsHeader(terms) + episodes.map((record, index) => stepsLines(record, { episode: index + 1, terms })).join('')
  );
}

/** The terms of the reward, in the order in which the episodes first have them. */
export function rewardTerms(episodes: readonly EpisodeRecord[]): string[] {
  return [...new Set(episodes.flatMap(({ rows }) => rows.flatMap((row) => Object.keys(row.rewardTerms))))];
}

export function stepsHeader(terms: readonly string[]): string {
  const rewards = terms.map((term) => `reward_${term}`);
  return `${['episode', 'seed', ...REFERENCE_COLUMNS, ...OWN_COLUMNS, ...rewards].join(',')}\n`;
}

/** The lines of one episode, which is number `episode` in the table. */
export function stepsLines(
  { summary, rows }: EpisodeRecord,
  { episode, terms }: { episode: number; terms: readonly string[] },
): string {
  let previousS = 0;
  let lines = '';
  for (const row of rows) {
    const cells = [
      episode,
      summary.seed,
      ...cellsOf(row, previousS),
      ...terms.map((term) => row.rewardTerms[term] ?? 0),
    ];
    lines += `${cells.map(cell).join(',')}\n`;
    previousS = row.atS;
  }
  return lines;
}

function cellsOf(row: StepRow, previousS: number): (number | null)[] {
  const [input, waiting, result, output, workers, avgTime, maxTime, arrivalRate, qosRate] = row.observation;
  return [
    row.step,
    row.atS,
    row.requestedDelta,
    null,
    row.atS - previousS,
    input,
    waiting,
    result,
    output,
    workers,
    qosRate * 100,
    avgTime,
    maxTime,
    arrivalRate,
    row.reward,
    row.appliedDelta,
    row.inFlight,
    row.active,
  ];
}

/** Six decimals are a microsecond; none that say nothing. */
function cell(value: number | null): string {
  if (value === null) return '';
  return String(Number.isInteger(value) ? value : Number(value.toFixed(6)));
}
