import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { SECOND, SystemClock } from '#shared/clock.ts';
import { processEnvironment } from '#shared/config.ts';

/**
 * `npm run check`: every check, in order of how soon it answers; a failing one does not stop the next.
 * Ends with the line "N passed, N failed": a static check counts as one, vitest's tests one each. Exit code 1 if any failed.
 */

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

interface Check {
  readonly name: string;
  run(): Tally;
}

const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules', '.bin');
const environment = processEnvironment();
const clock = new SystemClock();

const checks: readonly Check[] = [
  command('format', 'prettier', '--check', '--log-level', 'warn', '.'),
  command('import direction', 'depcruise', '--output-type', 'err', '.'),
  command('types', 'tsc'),
  command('unused files, exports and packages', 'knip'),
  command('lint', 'eslint', '.'),
  { name: 'tests', run: runTests },
];

let passed = 0;
let failed = 0;
for (const check of checks) {
  console.log(`\n== ${check.name}`);
  const startMs = clock.monotonic();
  const tally = check.run();
  passed += tally.passed;
  failed += tally.failed;
  const seconds = ((clock.monotonic() - startMs) / SECOND).toFixed(1);
  console.log(`== ${check.name}: ${tally.failed === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** One of the project's tools; it says itself what is wrong. */
function command(name: string, tool: string, ...args: string[]): Check {
  return { name, run: () => (runTool(tool, args) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }) };
}

/** node_modules/.bin comes first on the PATH, so that tools run on the project's own Node. */
function runTool(tool: string, args: readonly string[]): boolean {
  const path = `${bin}${delimiter}${environment['PATH'] ?? ''}`;
  const { status } = spawnSync(join(bin, tool), args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...environment, PATH: path },
  });
  return status === 0;
}

function runTests(): Tally {
  const folder = mkdtempSync(join(tmpdir(), 'farmhand-check-'));
  const report = join(folder, 'report.json');
  try {
    const ok = runTool('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
    return tally(report, ok);
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
