import type { ChaosProgress } from '../../chaos/chaos.ts';
import { RECOVERY_LIMIT_MS, type ChaosReport } from '../../chaos/report.ts';
import { count, decimal, duration } from '../format.ts';
import { renderPairs, renderTable } from '../table.ts';

/** One look at a run, on one line. */
export function progressLine(progress: ChaosProgress): string {
  const { elapsedS, attempted, tasks, ended, healed, faults, underWay } = progress;
  const now = underWay.length === 0 ? '' : `; now ${underWay.join(', ')}`;
  return `${Math.floor(elapsedS)} s: ${attempted} of ${tasks} tasks submitted, ${ended} came out, ${healed} of ${faults} faults over${now}`;
}

/** What happened, what was done, and whether the promise was kept. */
export function renderReport(report: ChaosReport): string[] {
  const { kept, broken, withinBound } = report;
  const excused = (n: number): string => (n === 0 ? '' : ` (${n} of them within the bound of a killed Redis)`);
  const table = renderTable(
    [
      { title: 'fault' },
      { title: 'injected', align: 'right' },
      { title: 'tasks hit', align: 'right' },
      { title: 'recovery p50', align: 'right' },
      { title: 'p99', align: 'right' },
      { title: 'may lose' },
      { title: 'verdict' },
    ],
    report.kinds.map((row) => [
      row.kind,
      String(row.injected),
      String(row.affected),
      milliseconds(row.recoveryP50Ms),
      milliseconds(row.recoveryP99Ms),
      row.bound,
      row.injected === 0 ? 'not injected' : row.kept ? 'kept' : 'broken',
    ]),
  );
  const pairs = renderPairs([
    ['tasks', `${report.submitted} in the farm of ${report.attempted} attempted, ${report.refused} refused`],
    ['came out', `${report.completed} records, ${count(report.deadLettered, 'dead letter')}`],
    ['reply lost, task not', String(report.recovered)],
    ['lost', `${report.lost}${excused(withinBound.lost)}`],
    ['twice', `${report.duplicated}${excused(withinBound.duplicated)}`],
    ['nobody submitted', String(report.unexpected)],
    ['did not come out', String(report.unfinished)],
    [
      'work',
      `${report.claimed} claims, ${report.executed} executions, ${report.finished} finished, ${report.fenced} fenced off`,
    ],
    ['worker processes', `${report.workerProcesses}; none ready for ${duration(report.noWorkerS)}`],
    [
      'recovery p99',
      `${milliseconds(report.recoveryP99Ms)}; after a worker's death ${milliseconds(report.afterDeathP99Ms)}`,
    ],
    ['time', `${duration(report.durationS)}, seed ${report.seed}, append-only file: ${report.aof}`],
  ]);
  const slow = report.slowest.filter(({ ms }) => ms > RECOVERY_LIMIT_MS);
  const slowLines = slow.map(
    ({ kind, task, ms, atS }) => `  slow: ${kind}, ${task ?? 'the farm'}: ${milliseconds(ms)}, at ${decimal(atS)} s`,
  );
  const verdict = kept ? ['The promise was kept.'] : ['The promise was broken:', ...broken.map((each) => `  ${each}`)];
  return [...table, '', ...pairs, '', ...verdict, ...slowLines];
}

function milliseconds(ms: number | null): string {
  return ms === null ? '–' : `${Math.round(ms)} ms`;
}
