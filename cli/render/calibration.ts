import type { Calibration } from '#autoscaler/run/calibrate/calibration.ts';
import { timedStages } from '#autoscaler/run/calibrate/calibration.ts';
import { renderTable } from '../table.ts';

/** The measurements by size, and the fit. */
export function renderCalibration({ sizes, model, machine }: Calibration): string[] {
  const ms = (seconds: number): string => (seconds * 1000).toFixed(1);
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const table = renderTable(
    [right('px'), right('mean ms'), right('p95 ms'), ...timedStages.map(right), right('model ms'), right('off')],
    sizes.map(({ sizePx, service, stagesS, modelS, residualShare }) => [
      String(sizePx),
      ms(service.mean),
      ms(service.p95),
      ...timedStages.map((stage) => ms(stagesS[stage])),
      ms(modelS),
      `${(residualShare * 100).toFixed(1)} %`,
    ]),
  );
  return [
    ...table,
    '',
    `time = a·size² + b: a = ${model.a.toExponential(4)} s/px², b = ${(model.b * 1000).toFixed(2)} ms, R² = ${model.rSquared.toFixed(5)}`,
    `on ${machine.cpu} (${machine.cores} cores), Node ${machine.node}, sharp ${machine.sharp}`,
  ];
}
