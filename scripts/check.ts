import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { SECOND, SystemClock } from '#shared/clock.ts';
import { processEnvironment } from '#shared/config.ts';

/**
 * `npm run check`: the static checks and the tests side by side, each told of when it ends; a failing one stops no other.
 * Ends with the names of those that failed and the line "N passed, N failed": a static check counts as one, vitest's tests one
 * each. Exit code 1 if any failed.
 */

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules', '.bin');
const environment = processEnvironment();
const clock = new SystemClock();

let passed = 0;
let failed = 0;
const failures: string[] = [];

await Promise.all([
  check('lint', () => tool('eslint', '.')),
  check('types', () => tool('tsc')),
  check('format', () => tool('prettier', '--check', '--log-level', 'warn', '.')),
  check('import direction', () => tool('depcruise', '--output-type', 'err', '.')),
  check('unused files, exports and packages', () => tool('knip')),
  check('tests', runTests),
]);
if (failures.length > 0) console.log(`\nFAILED (see above): ${failures.join(', ')}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function check(name: string, run: () => Promise<Tally>): Promise<void> {
  const startMs = clock.monotonic();
  const tally = await run();
  passed += tally.passed;
  failed += tally.failed;
  if (tally.failed > 0) failures.push(name);
  const seconds = ((clock.monotonic() - startMs) / SECOND).toFixed(1);
  console.log(`== ${name}: ${tally.failed === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
}

/** One of the project's tools, in the time that the tests leave: they wait a good deal. It says itself what is wrong. */
async function tool(name: string, ...args: string[]): Promise<Tally> {
  const child = startTool(name, args);
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  return (await succeeds(child)) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** node_modules/.bin comes first on the PATH, so that tools run on the project's own Node. */
function startTool(name: string, args: readonly string[]): ChildProcess {
  const path = `${bin}${delimiter}${environment['PATH'] ?? ''}`;
  return spawn(join(bin, name), args, { cwd: root, stdio: 'inherit', env: { ...environment, PATH: path } });
}

async function succeeds(child: ChildProcess): Promise<boolean> {
  const [status] = (await once(child, 'close')) as [number | null];
  return status === 0;
}

async function runTests(): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'farmhand-check-'));
  const report = join(folder, 'report.json');
  try {
    const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    return tally(report, await succeeds(startTool('vitest', args)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A run that failed without a failed test (a file that does not load, a leak, a crash) is one failure more. */
function tally(report: string, ok: boolean): Tally {
  const counts = z.object({ numPassedTests: z.int(), numFailedTests: z.int() });
  let text: string;
  try {
    text = readFileSync(report, 'utf8');
  } catch {
    return { passed: 0, failed: 1 };
  }
  const { numPassedTests, numFailedTests } = counts.parse(JSON.parse(text));
  return { passed: numPassedTests, failed: Math.max(numFailedTests, ok ? 0 : 1) };
}
