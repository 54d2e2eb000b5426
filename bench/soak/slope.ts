/** One reading of one process. */
export interface Reading {
  /** Readings of one process belong together. */
  readonly process: string;
  /** Age of the process, s. */
  readonly ageS: number;
  readonly value: number;
}

/** How a value changes with a process's age, per hour, with its 95 % interval. */
export interface Slope {
  readonly perHour: number;
  readonly low: number;
  readonly high: number;
  /** Blocks that the line was fitted to. */
  readonly blocks: number;
}

const S_PER_HOUR = 3_600;
/** With fewer degrees of freedom an interval says nothing, and the quantile below is not exact. */
const FEWEST_DEGREES = 5;

/**
 * The common slope of lines through each process's readings, each line with a height of its own (the within estimator of
 * panel data: Wooldridge, Econometric Analysis of Cross Section and Panel Data, ch. 10). Readings that follow each other are
 * alike, because garbage grows until it is collected: so they are averaged over blocks of `blockS` of age first, and a process
 * that gives fewer than two blocks gives none. Null: too little to say anything.
 *
 * Example: one process with blocks 10, 11, 12, … 19 MB, a minute apart, grows by 60 MB an hour, from 60 to 60; so does it
 * beside another one with 50, 51, … 59 (test/bench/soak/slope.test.ts).
 */
export function fitSlope(readings: readonly Reading[], blockS: number): Slope | null {
  const points: { x: number; y: number }[] = [];
  let processes = 0;
  for (const blocks of blocksOf(readings, blockS).values()) {
    if (blocks.length < 2) continue;
    processes += 1;
    const [x, y] = [meanOf(blocks.map((block) => block.ageS)), meanOf(blocks.map((block) => block.value))];
    points.push(...blocks.map((block) => ({ x: block.ageS - x, y: block.value - y })));
  }
  const degrees = points.length - processes - 1;
  const spread = points.reduce((sum, { x }) => sum + x * x, 0);
  if (degrees < FEWEST_DEGREES || spread === 0) return null;
  const perS = points.reduce((sum, { x, y }) => sum + x * y, 0) / spread;
  const squares = points.reduce((sum, { x, y }) => sum + (y - perS * x) ** 2, 0);
  const half = studentT(degrees) * Math.sqrt(squares / degrees / spread);
  const [perHour, low, high] = [perS, perS - half, perS + half].map((slope) => slope * S_PER_HOUR) as [
    number,
    number,
    number,
  ];
  return { perHour, low, high, blocks: points.length };
}

/** Mean age and value of each block of each process, in the order of age. */
function blocksOf(readings: readonly Reading[], blockS: number): Map<string, { ageS: number; value: number }[]> {
  const processes = new Map<string, Map<number, Reading[]>>();
  for (const reading of readings) {
    const blocks = processes.get(reading.process) ?? new Map<number, Reading[]>();
    processes.set(reading.process, blocks);
    const block = Math.floor(reading.ageS / blockS);
    blocks.set(block, [...(blocks.get(block) ?? []), reading]);
  }
  return new Map(
    [...processes].map(([process, blocks]) => [
      process,
      [...blocks.values()].map((inBlock) => ({
        ageS: meanOf(inBlock.map(({ ageS }) => ageS)),
        value: meanOf(inBlock.map(({ value }) => value)),
      })),
    ]),
  );
}

/**
 * Two-sided 95 % quantile of Student's t: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5, to its third
 * term; 2.568 for 5 degrees of freedom (tables: 2.571), 2.228 for 10 (2.228).
 */
function studentT(degrees: number): number {
  const x = 1.959964;
  const terms = [
    x,
    (x ** 3 + x) / 4,
    (5 * x ** 5 + 16 * x ** 3 + 3 * x) / 96,
    (3 * x ** 7 + 19 * x ** 5 + 17 * x ** 3 - 15 * x) / 384,
  ];
  return terms.reduce((sum, term, power) => sum + term / degrees ** power, 0);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
