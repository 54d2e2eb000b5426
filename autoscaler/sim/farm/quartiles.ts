import { Sfc32 } from '#shared/rng.ts';
import { ServiceSampler, type ServiceModel } from '#shared/workload/service.ts';

/** Service times (ms) that part the quarters of a workload's tasks, shortest first. */
export type QuartileEdges = readonly [number, number, number];

/** One number for each quarter of a workload's tasks by service time, the shortest tasks' first. */
export type ByQuartile = readonly [number, number, number, number];

const SAMPLE = 20_000;

/** The edges of a workload, from a sample that is always the same, so that every episode of it is parted alike. */
export function quartileEdges(service: ServiceModel): QuartileEdges {
  const rng = new Sfc32('quartiles of service time');
  const sampler = new ServiceSampler(service);
  const sample = Float64Array.from({ length: SAMPLE }, () => sampler.sample(rng).serviceMs).sort();
  const edge = (share: number): number => sample[share * SAMPLE] ?? 0;
  return [edge(0.25), edge(0.5), edge(0.75)];
}

/** How many of the first `count` times, of those that `counted` allows, are in each quarter. */
export function countByQuartile(options: {
  serviceMs: Float64Array;
  count: number;
  edges: QuartileEdges;
  counted?: Uint8Array;
}): ByQuartile {
  const { serviceMs, count, edges, counted } = options;
  const [first, second, third] = edges;
  const counts: [number, number, number, number] = [0, 0, 0, 0];
  for (let i = 0; i < count; i += 1) {
    if (counted?.[i] === 0) continue;
    const ms = serviceMs[i] ?? 0;
    counts[ms < second ? (ms < first ? 0 : 1) : ms < third ? 2 : 3] += 1;
  }
  return counts;
}

/** Share of the emitted tasks that were collected in time, for each quarter; 1 where none was emitted. */
export function qosByQuartile({ emitted, met }: { emitted: ByQuartile; met: ByQuartile }): ByQuartile {
  const share = (quarter: 0 | 1 | 2 | 3): number => (emitted[quarter] === 0 ? 1 : met[quarter] / emitted[quarter]);
  return [share(0), share(1), share(2), share(3)];
}
