import { createCatalogue } from '../../../functions/worker/kinds/catalogue.ts';
import type { ImageResult } from '../../../functions/worker/kinds/image.ts';
import type { TaskKind } from '../../../functions/worker/kinds/kind.ts';
import type { Clock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import { Sfc32, type Rng } from '#shared/rng.ts';
import { createImageSource, type ImageSource } from '#shared/workload/image-source.ts';
import type { CalibrationPlan } from './plan.ts';

const PAUSE_MS = 150;

/** One picture through the image kind. */
export interface Trial {
  readonly sizePx: number;
  /** From 0. */
  readonly trial: number;
  /** Size of the JPEG. */
  readonly bytes: number;
  /** Wall time of the whole task, s. */
  readonly serviceS: number;
  readonly stagesMs: ImageResult['stagesMs'];
}

export interface MeasureTools {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called after each trial. */
  readonly onTrial: (progress: { trial: Trial; done: number; total: number }) => void;
}

/**
 * Times the very code that workers run, on pictures such as the emitter makes, in this process. After one unrecorded round,
 * trials come in a random order, so that a slow moment of the machine does not fall on one size, and with pauses, because
 * tasks come to a worker with pauses: caches go cold in them, which costs a task 5 to 10 %.
 */
export async function measure(plan: CalibrationPlan, tools: MeasureTools): Promise<readonly Trial[]> {
  const kind = await createCatalogue().find('image');
  const pictures = Array.from({ length: plan.trials }, (_, trial) =>
    createImageSource({ rng: new Sfc32(plan.seed + trial) }),
  );
  const rounds = plan.sizesPx.flatMap((sizePx) => pictures.map((source, trial) => ({ sizePx, source, trial })));
  for (const round of rounds.filter(({ trial }) => trial === 0)) await runTrial(kind, round, tools);
  const trials: Trial[] = [];
  for (const round of shuffle(rounds, new Sfc32(plan.seed).fork('order'))) {
    const trial = await runTrial(kind, round, tools);
    trials.push(trial);
    tools.onTrial({ trial, done: trials.length, total: rounds.length });
  }
  return trials;
}

interface Round {
  readonly sizePx: number;
  readonly source: ImageSource;
  readonly trial: number;
}

async function runTrial(kind: TaskKind, { sizePx, source, trial }: Round, tools: MeasureTools): Promise<Trial> {
  const { clock, signal } = tools;
  signal.throwIfAborted();
  const picture = await source.jpeg(sizePx);
  await clock.sleep(PAUSE_MS, signal);
  const startedAt = clock.monotonic();
  const value = await kind.run(
    {
      id: `calibrate-${sizePx}-${trial}`,
      kind: kind.name,
      payload: {},
      blob: true,
      expectedServiceMs: 0,
      deadlineMs: 0,
      generatedAt: 0,
      deadlineAt: 0,
      latestStart: 0,
      attempts: 0,
    },
    { clock, signal, log: silentLogger, blob: async () => picture, putOutput: async () => 'not-kept' },
  );
  const serviceS = (clock.monotonic() - startedAt) / 1000;
  // The image kind's own result: nothing came over a wire.
  const { bytes, stagesMs } = value as ImageResult;
  return { sizePx, trial, bytes, serviceS, stagesMs };
}

function shuffle<T>(items: readonly T[], rng: Rng): T[] {
  const order = items.map((item) => ({ item, key: rng.float() }));
  return order.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
