import { MINUTE, SECOND } from '#shared/clock.ts';

/** What a soak does. */
export interface SoakPlan {
  /** Of the load, s. */
  readonly durationS: number;
  /** Readings count from so long after the start, s. */
  readonly warmUpS: number;
  /** A process's readings count from this age on, s. */
  readonly youthS: number;
  /** Time between two readings of memory, s. */
  readonly sampleEveryS: number;
  /** The functions' metrics are read so often, s. */
  readonly scrapeEveryS: number;
  /** Readings of one process are averaged over so much of its age, s. */
  readonly blockS: number;
  /** The load changes so often, and the autoscaler decides so often, s. */
  readonly stepS: number;
  /** Loads that take turns in random order, in workers kept busy; never the same one twice in a row. */
  readonly levels: readonly number[];
  readonly serviceMs: number;
  /** Workers for the load R: ⌈R + 0.7·√R⌉, which are 5, 6, 7 and 8 for these levels, so that about 70 % are busy. */
  readonly policy: string;
  /** Records that output keeps: it is full well before the readings count, or Redis would grow for that alone. */
  readonly retainRecords: number;
}

const LEVELS = [3, 4, 5, 6];
const SERVICE_MS = 100;
/** Blocks of the time that counts. */
const BLOCKS = 20;

/** @param minutes of load; the farm's start and the last tasks come on top */
export function soakPlan(minutes: number): SoakPlan {
  const durationS = (minutes * MINUTE) / SECOND;
  const warmUpS = Math.min(300, durationS / 4);
  const sampleEveryS = Math.min(5, durationS / 40);
  const meanLevel = LEVELS.reduce((sum, level) => sum + level, 0) / LEVELS.length;
  const tasksPerS = (meanLevel * SECOND) / SERVICE_MS;
  return {
    durationS,
    warmUpS,
    youthS: Math.min(60, warmUpS),
    sampleEveryS,
    scrapeEveryS: 1,
    blockS: Math.max(2 * sampleEveryS, (durationS - warmUpS) / BLOCKS),
    stepS: 5,
    levels: LEVELS,
    serviceMs: SERVICE_MS,
    policy: 'square-root-0.7-last',
    retainRecords: Math.max(100, Math.round((tasksPerS * warmUpS) / 2)),
  };
}
