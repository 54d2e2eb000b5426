import { spawnSync } from 'node:child_process';

/** Whether promtool (Debian's package prometheus) is there. Where it is not, tests that need it are skipped, aloud. */
export const hasPromtool: boolean = spawnSync('promtool', ['--version']).status === 0;

if (!hasPromtool)
  console.warn('promtool is not on the PATH (Debian: apt-get install prometheus); its tests are skipped');

/** Runs promtool; what it says is for the assertion's message. */
export function promtool(...args: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
}
