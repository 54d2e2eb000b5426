import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import type { Journal } from '#shared/queue/journal.ts';
import type { Archive } from '#shared/queue/task-sink.ts';
import type { TaskRecord } from '#shared/task.ts';

/** What is read of a decision that the autoscaler wrote down. Workers are totals. */
export interface LoggedDecision {
  /** Farm time, ms since 1970. */
  readonly at: number;
  readonly policy: string;
  /** Replicas that the platform intended to run when it was made; null: the farm could not be seen. */
  readonly workers: number | null;
  /** Messages that the emitter had yet to emit, tasks collected and tasks emitted in the episode so far. */
  readonly inputQueue: number;
  readonly outputQueue: number;
  readonly emitted: number;
  readonly inFlight: number;
  readonly ready: number;
  /** Starting and draining workers included. */
  readonly active: number;
  /** What the policy in charge wanted in all; null: as many as there were. */
  readonly proposed: number | null;
  readonly requested: number | null;
  readonly granted: number | null;
  readonly drained: number;
  readonly outcome: string;
  /** How long the change took, ms; null: nothing was changed. */
  readonly actMs: number | null;
  /** What the policy in shadow wanted; null: there was none. */
  readonly shadow: { readonly name: string; readonly replicas: number | null } | null;
}

/** What a farm wrote down about itself; both oldest first. */
export interface FarmLog {
  readonly records: readonly TaskRecord[];
  readonly decisions: readonly LoggedDecision[];
}

const decisionSchema = z.object({
  at: z.number(),
  policy: z.string(),
  observation: z.array(z.number()).nullable(),
  info: z.object({ emitted: z.number(), inFlight: z.number(), ready: z.number(), active: z.number() }).nullable(),
  proposed: z.number().nullable(),
  requested: z.number().nullable(),
  granted: z.number().nullable(),
  drained: z.number(),
  outcome: z.string(),
  took: z.object({ actMs: z.number().nullable() }).optional(),
  shadow: z.object({ name: z.string(), replicas: z.number().nullable() }).nullish(),
});

/** Places in the observation (observation.ts). */
const INPUT_QUEUE = 0;
const OUTPUT_QUEUE = 3;
const WORKERS = 4;

/** One page is read and parsed in about a millisecond: a control loop in the same process goes on in between. */
const PAGE = 100;
const MOST_DECISIONS = 1_000;

/** What has been written down since `since` (farm time, ms): at most the newest `most` records. */
export async function readFarmLog(
  { archive, journal }: { archive: Pick<Archive, 'records'>; journal: Pick<Journal, 'list'> },
  { since, most }: { since: number; most: number },
): Promise<FarmLog> {
  const decisions = (await journal.list(MOST_DECISIONS)).flatMap(readDecision).filter(({ at }) => at >= since);
  return {
    records: await readRecords(archive, { since, most }),
    decisions: decisions.sort((a, b) => a.at - b.at),
  };
}

async function readRecords(
  archive: Pick<Archive, 'records'>,
  { since, most }: { since: number; most: number },
): Promise<TaskRecord[]> {
  const found = new Map<string, TaskRecord>();
  for (let offset = 0; offset < most; offset += PAGE) {
    // Records that come in meanwhile push the others on: one that is met twice counts once.
    const { records } = await archive.records({ offset, limit: Math.min(PAGE, most - offset) });
    for (const record of records) if (record.collectedAt >= since) found.set(record.id, record);
    // Newest first: what follows is older still.
    if (records.length === 0 || (records.at(-1)?.collectedAt ?? 0) < since) break;
    await setImmediate();
  }
  return [...found.values()].sort((a, b) => a.generatedAt - b.generatedAt);
}

/** None for an entry of another version of Farmhand. */
function readDecision(entry: unknown): LoggedDecision[] {
  const parsed = decisionSchema.safeParse(entry);
  if (!parsed.success) return [];
  const { observation, info, took, shadow, ...decision } = parsed.data;
  return [
    {
      ...decision,
      workers: observation?.[WORKERS] ?? null,
      inputQueue: observation?.[INPUT_QUEUE] ?? 0,
      outputQueue: observation?.[OUTPUT_QUEUE] ?? 0,
      emitted: info?.emitted ?? 0,
      inFlight: info?.inFlight ?? 0,
      ready: info?.ready ?? 0,
      active: info?.active ?? 0,
      actMs: took?.actMs ?? null,
      shadow: shadow ?? null,
    },
  ];
}
