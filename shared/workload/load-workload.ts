import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { FarmConfig } from '../config.ts';
import { coerceError, FarmhandError } from '../errors.ts';
import { closedObject, describeIssues, isSection } from '../parse.ts';
import { positive, text } from '../quantity.ts';
import { parseYaml } from '../yaml-text.ts';
import { findWorkload, workloadNames } from './catalogue.ts';
import { parseWorkload } from './parse-workload.ts';
import { parseTrace, scaleTrace } from './trace.ts';
import type { Workload } from './workload.ts';

type Settings = Pick<FarmConfig, 'control' | 'workload'>;

/** Mean that a bare trace is scaled to, tasks/s. */
const TRACE_MEAN_PER_S = 5;

/**
 * A workload by name, or from a file of one's own: YAML (docs/workloads.md), or a bare trace (*.txt). It reads files, so
 * it belongs to the command line; a name or body that came over HTTP goes to findWorkload or parseWorkload.
 * @throws FarmhandError UNKNOWN_WORKLOAD when it is neither a name nor a file, WORKLOAD_INVALID when the file is no workload.
 */
export function loadWorkload(nameOrFile: string, config: Settings): Workload {
  if (workloadNames.includes(nameOrFile)) return findWorkload(nameOrFile, config);
  const written = readWorkloadFile(nameOrFile);
  const document = nameOrFile.endsWith('.txt')
    ? bareTrace(nameOrFile, written)
    : resolveTraces(parseFile(nameOrFile, written), nameOrFile);
  return parseWorkload(document, config, nameOrFile);
}

function readWorkloadFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      const names = workloadNames.join(', ');
      throw new FarmhandError(
        'UNKNOWN_WORKLOAD',
        `workload "${file}" is unknown, and there is no such file; the names are ${names}`,
        { cause },
      );
    }
    throw invalid(`${file}: cannot be read`, cause);
  }
}

function parseFile(file: string, written: string): unknown {
  try {
    return parseYaml(written);
  } catch (cause) {
    throw invalid(`${file}: not valid YAML`, cause);
  }
}

function bareTrace(file: string, written: string): unknown {
  const perS = scaleTrace(parseCounts(file, written), TRACE_MEAN_PER_S);
  const name = basename(file, '.txt');
  return { name, arrivals: [{ name, durationS: perS.length, rate: { pattern: 'trace', perS } }] };
}

function parseCounts(file: string, written: string): number[] {
  try {
    return parseTrace(written);
  } catch (cause) {
    throw invalid(`trace ${file}`, cause);
  }
}

/** A rate that names a trace instead of holding one; the file's name is relative to the workload's. */
const traceReference = closedObject({
  pattern: z.literal('trace', 'expected trace').optional(),
  trace: text(4096),
  meanPerS: positive('a rate in tasks/s').optional(),
});

/** Puts the traces that the phases name into their place; a phase without durationS lasts as long as its trace. */
function resolveTraces(document: unknown, file: string): unknown {
  if (!isSection(document) || !Array.isArray(document['arrivals'])) return document;
  const arrivals = document['arrivals'].map((phase: unknown, index) => {
    if (!isSection(phase) || !isSection(phase['rate']) || !('trace' in phase['rate'])) return phase;
    const reference = traceReference.safeParse(phase['rate']);
    if (!reference.success) {
      const problems = describeIssues(reference.error, phase['rate'], `arrivals.${index}.rate`);
      throw new FarmhandError('WORKLOAD_INVALID', `${file}: ${problems}`);
    }
    const { trace, meanPerS } = reference.data;
    const counts = readTrace(resolve(dirname(file), trace), `${file}: arrivals.${index}.rate.trace`);
    const perS = meanPerS === undefined ? counts : scaleTrace(counts, meanPerS);
    return { durationS: perS.length, ...phase, rate: { pattern: 'trace', perS } };
  });
  return { ...document, arrivals };
}

function readTrace(file: string, key: string): number[] {
  let written: string;
  try {
    written = readFileSync(file, 'utf8');
  } catch (cause) {
    throw invalid(`${key}: cannot be read`, cause);
  }
  return parseCounts(file, written);
}

function invalid(what: string, cause: unknown): FarmhandError {
  return new FarmhandError('WORKLOAD_INVALID', `${what}: ${coerceError(cause).message}`, { cause });
}
