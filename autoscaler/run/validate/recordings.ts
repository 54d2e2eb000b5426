import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import { describeIssues } from '#shared/parse.ts';

/** One recorded step. Observations are of its end; `action` is the change of workers that was asked for. */
export interface RecordedStep {
  readonly action: number;
  /** Desired replicas. */
  readonly workers: number;
  /** Tasks that waited. */
  readonly queue: number;
  /** QoS of the window, 0 to 1. */
  readonly qos: number;
  /** Sojourn times in the window, s. */
  readonly avgTimeS: number;
  readonly maxTimeS: number;
  /** Arrivals over the step, tasks/s. */
  readonly arrivalRate: number;
  readonly reward: number;
}

export interface RecordedEpisode {
  /** From 1. */
  readonly episode: number;
  readonly steps: readonly RecordedStep[];
  /** Share of collected tasks that met their deadline. */
  readonly finalQos: number;
  /** Mean of the steps' workers. */
  readonly meanWorkers: number;
  readonly maxWorkers: number;
}

/** Episodes of a live farm, by the agent that steered it. */
export interface Recordings {
  readonly stepDurationS: number;
  readonly maxSteps: number;
  readonly initialWorkers: number;
  /** Tasks of an episode. */
  readonly expectedTasks: number;
  /** In the file's order. */
  readonly agents: readonly { readonly agent: string; readonly episodes: readonly RecordedEpisode[] }[];
}

const number = z.number('expected a number');
const series = z.array(number, 'expected a list of numbers').min(1, 'expected at least one step');

const episodeSchema = z
  .object({
    episode: z.int('expected a whole number'),
    rewards: series,
    qos_rates: series,
    worker_counts: series,
    actions: series,
    queue_lengths: series,
    avg_times: series,
    max_times: series,
    arrival_rates: series,
    summary: z.object({ final_qos_total: number, mean_workers: number, max_workers: number }),
  })
  .superRefine((episode, context) => {
    for (const [name, values] of Object.entries(episode)) {
      if (!Array.isArray(values) || values.length === episode.actions.length) continue;
      const message = `expected as many values as actions (${episode.actions.length})`;
      context.addIssue({ code: 'custom', path: [name, 'length'], message });
    }
  });

/** The parts that a replay needs; whatever else the file holds is left alone. */
const fileSchema = z.object(
  {
    meta: z.object({
      step_duration_s: number.positive('expected a time in s over 0'),
      max_steps: z.int('expected a whole number of steps').positive('expected at least one step'),
      initial_workers: z.int('expected a whole number of workers').positive('expected at least one worker'),
      expected_tasks: z.int('expected a whole number of tasks').positive('expected at least one task'),
      action_codes: z.record(z.string(), number, 'expected the change of workers that each action code stands for'),
    }),
    agents: z.record(
      z.string(),
      z.object({
        episodes: z.array(episodeSchema, 'expected a list of episodes').min(1, 'expected at least one episode'),
      }),
      'expected agents by name',
    ),
  },
  'expected a section with meta and agents',
);

/**
 * Reads the recordings of live episodes: `meta` and `agents` of the reference's aggregated_results.json with its action codes.
 * @throws FarmhandError RECORDINGS_INVALID that names the place
 */
export function readRecordings(file: string): Recordings {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new FarmhandError('RECORDINGS_INVALID', `${file}: cannot be read: ${coerceError(cause).message}`, { cause });
  }
  const parsed = fileSchema.safeParse(document);
  if (!parsed.success) {
    throw new FarmhandError('RECORDINGS_INVALID', `${file}: ${describeIssues(parsed.error, document)}`);
  }
  const { meta, agents } = parsed.data;
  return {
    stepDurationS: meta.step_duration_s,
    maxSteps: meta.max_steps,
    initialWorkers: meta.initial_workers,
    expectedTasks: meta.expected_tasks,
    agents: Object.entries(agents).map(([agent, { episodes }]) => ({
      agent,
      episodes: episodes.map((episode) => toEpisode(episode, { file, codes: meta.action_codes })),
    })),
  };
}

function toEpisode(
  recorded: z.infer<typeof episodeSchema>,
  { file, codes }: { file: string; codes: Readonly<Record<string, number>> },
): RecordedEpisode {
  const at = (values: readonly number[], step: number): number => values[step] ?? NaN;
  return {
    episode: recorded.episode,
    steps: recorded.actions.map((code, step) => {
      const action = codes[code];
      if (action === undefined) {
        const known = Object.keys(codes).join(', ');
        throw new FarmhandError('RECORDINGS_INVALID', `${file}: action ${code}: meta.action_codes has ${known} only`);
      }
      return {
        action,
        workers: at(recorded.worker_counts, step),
        queue: at(recorded.queue_lengths, step),
        qos: at(recorded.qos_rates, step),
        avgTimeS: at(recorded.avg_times, step),
        maxTimeS: at(recorded.max_times, step),
        arrivalRate: at(recorded.arrival_rates, step),
        reward: at(recorded.rewards, step),
      };
    }),
    finalQos: recorded.summary.final_qos_total,
    meanWorkers: recorded.summary.mean_workers,
    maxWorkers: recorded.summary.max_workers,
  };
}
