import type { FarmConfig } from '../config.ts';
import type { ServiceModel } from './service.ts';
import type { Workload } from './workload.ts';

/** The part of farm.yml that shapes workloads. */
export type WorkloadSettings = FarmConfig['workload'];

/** Service times as farm.yml's `workload` sets them, with the timing model of the task kind that will do the work. */
export function serviceFor(kind: Workload['kind'], settings: WorkloadSettings): ServiceModel {
  const { a, b } = kind === 'image' ? settings.imageModel : settings.calibratedModel;
  return {
    meanS: settings.targetMeanProcessingTimeS,
    shape: settings.processingTimeShape,
    minSizePx: settings.minSizePx,
    maxSizePx: settings.maxSizePx,
    model: { a, b },
  };
}

/** The same load for the other task kind: its service times stay, and sizes follow from that kind's timing model. */
export function withKind(workload: Workload, kind: Workload['kind'], settings: WorkloadSettings): Workload {
  if (workload.kind === kind) return workload;
  return { ...workload, kind, service: { ...workload.service, model: serviceFor(kind, settings).model } };
}
