import { onTestFinished } from 'vitest';
import { Autoscaler, type AutoscalerParts } from '#autoscaler/loop/autoscaler.ts';
import type { Decision } from '#autoscaler/loop/decision.ts';
import type { EpisodeSettings } from '#autoscaler/loop/settings.ts';
import { SECOND, VirtualClock } from '#shared/clock.ts';
import { farmConfigSchema } from '#shared/config-schema.ts';
import { createLogger } from '#shared/log.ts';
import { MemoryFarm } from './memory-farm.ts';
import { whileTimePasses } from './passing-time.ts';
import { rules } from './rules.ts';

export const STEP_MS = 10 * SECOND;

/** An episode's settings: 10 s steps, one worker a step. */
export const settings = (change: Partial<EpisodeSettings> = {}): EpisodeSettings =>
  farmConfigSchema.shape.control.parse({ policy: 'static-6', ...change });

export interface Bench {
  readonly clock: VirtualClock;
  readonly farm: MemoryFarm;
  readonly autoscaler: Autoscaler;
  readonly kept: Decision[];
  readonly lines: { level: string; message: string }[];
  /** Newest last. */
  readonly decisions: () => readonly Decision[];
}

/** An autoscaler on a farm in memory, on a clock that the test owns. */
export async function setUp(
  workers: number,
  control = settings(),
  change: Partial<AutoscalerParts> = {},
): Promise<Bench> {
  const clock = new VirtualClock();
  const farm = new MemoryFarm(clock, workers);
  const kept: Decision[] = [];
  const lines: { level: string; message: string }[] = [];
  const log = createLogger({
    fn: 'autoscaler',
    level: 'debug',
    write: (line) => lines.push(JSON.parse(line) as { level: string; message: string }),
  });
  let orders = 0;
  const autoscaler = await Autoscaler.start(
    {
      ...{ queue: farm.queue, drain: farm.drain, scaler: farm.scaler },
      sink: { append: async (decision) => void kept.push(decision) },
      policies: rules,
      shield: farmConfigSchema.shape.shield.parse({}),
      populationOf: () => null,
      clock,
      log,
      newOrder: () => `order-${(orders += 1)}`,
      leads: () => true,
      ...change,
    },
    control,
  );
  onTestFinished(() => whileTimePasses(clock, autoscaler.stop()));
  // The first look is through before any time passes.
  await clock.advance(0);
  const decisions = (): readonly Decision[] => [...autoscaler.knowledge.decisions(1_000)].reverse();
  return { clock, farm, autoscaler, kept, lines, decisions };
}
