import { Counter, Gauge, type Registry } from 'prom-client';

/** One value; or by the values of `label`; null: not known, and then nothing is served rather than a 0. */
export type Reading = number | Readonly<Record<string, number>> | null;

export interface ScrapedMetric {
  readonly name: string;
  /** A sentence with the unit. */
  readonly help: string;
  /** The label that a record's keys are values of; they must be few and known beforehand. */
  readonly label?: string;
  /** Asked at each scrape, so that nothing runs in between. One that fails leaves its metric out of that scrape alone. */
  readonly read: () => Reading | Promise<Reading>;
}

/** A value that goes up and down, read when it is scraped. */
export function gaugeAtScrape(registry: Registry, metric: ScrapedMetric): void {
  const { name, help, label, read } = metric;
  new Gauge({
    ...{ name, help, labelNames: label === undefined ? [] : [label], registers: [registry] },
    async collect() {
      const reading = await orNull(read);
      this.reset();
      // Without labels a reset leaves a 0.
      if (reading === null && label === undefined) this.remove();
      else if (reading === null) return;
      else if (typeof reading === 'number') this.set(reading);
      else for (const [key, value] of Object.entries(reading)) this.set({ [label ?? '']: key }, value);
    },
  });
}

/** A count that somebody else keeps, read when it is scraped. It may begin anew; Prometheus expects that of counters. */
export function counterAtScrape(registry: Registry, metric: ScrapedMetric): void {
  const { name, help, label, read } = metric;
  new Counter({
    ...{ name, help, labelNames: label === undefined ? [] : [label], registers: [registry] },
    async collect() {
      const reading = await orNull(read);
      this.reset();
      // Without labels a reset leaves a 0.
      if (reading === null && label === undefined) this.remove();
      else if (reading === null) return;
      else if (typeof reading === 'number') this.inc(reading);
      else for (const [key, value] of Object.entries(reading)) this.inc({ [label ?? '']: key }, value);
    },
  });
}

/** What is asked of Redis may not be answered while Redis is away; the scrape must be, within Prometheus's usual 10 s. */
const LONGEST_READ_MS = 2_000;

async function orNull(read: ScrapedMetric['read']): Promise<Reading> {
  try {
    const reading = read();
    if (!(reading instanceof Promise)) return reading;
    return await Promise.race([reading, afterwards(LONGEST_READ_MS)]);
  } catch {
    return null;
  }
}

async function afterwards(ms: number): Promise<null> {
  const over = AbortSignal.timeout(ms);
  await new Promise((resolve) => over.addEventListener('abort', resolve, { once: true }));
  return null;
}
