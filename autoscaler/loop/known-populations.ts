import type { FarmConfig } from '#shared/config-schema.ts';
import { workloadNames, findWorkload } from '#shared/workload/catalogue.ts';
import type { TrainedPopulation } from '../shield/drift/drift-watch.ts';
import { trainedPopulation } from '../shield/drift/trained-population.ts';

/** What workloads with names are like; drawn when it is first asked for. Null for a workload that has no name here. */
export function knownPopulations(config: Pick<FarmConfig, 'workload'>): (workload: string) => TrainedPopulation | null {
  const drawn = new Map<string, TrainedPopulation>();
  return (workload) => {
    if (!workloadNames.includes(workload)) return null;
    const known = drawn.get(workload) ?? trainedPopulation(findWorkload(workload, config));
    drawn.set(workload, known);
    return known;
  };
}
