import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processEnvironment } from '#shared/config.ts';
import { projectNode } from '../support/project-node.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { runFarmhand, startFarmhand } from './support/bin.ts';
import { projectRoot } from './support/command-line.ts';

/** A Node on this machine that is older than the project's, as a newcomer has; null when there is none. */
const olderNode = findOlderNode();

function findOlderNode(): string | null {
  const folders = (processEnvironment()['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'));
  for (const folder of folders) {
    try {
      const node = join(folder, 'node');
      const version = execFileSync(node, ['--version'], { encoding: 'utf8' });
      if (Number(/^v(\d+)/.exec(version)?.[1]) < 24) return node;
    } catch {
      continue;
    }
  }
  return null;
}

/** A folder with farmhand.js in its place, and `main` beside it. */
function bareProject(main: { name: string; text: string } | null): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'cli'));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  const bin = join(folder, 'cli', 'farmhand.js');
  copyFileSync(join(projectRoot, 'cli', 'farmhand.js'), bin);
  if (main !== null) writeFileSync(join(folder, 'cli', main.name), main.text);
  return bin;
}

/** One that waits for a signal or the end of its parent, on the project's Node. */
function waitingProject(): string {
  const bin = bareProject({
    name: 'main.ts',
    text: `
      const waiting: NodeJS.Timeout = setInterval(() => {}, 1000);
      process.on('SIGTERM', () => { console.log('SIGTERM'); process.exit(7); });
      process.on('disconnect', () => process.exit(8));
      console.log('waits as', process.pid);`,
  });
  const modules = join(bin, '..', '..', 'node_modules', 'node', 'bin');
  mkdirSync(modules, { recursive: true });
  symlinkSync(projectNode, join(modules, 'node'));
  return bin;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('farmhand, as a process', () => {
  it.each([
    ['help', ['--help'], 0],
    ['the version', ['--version'], 0],
    ['no command', [], 2],
    ['a usage error', ['scale', '0'], 2],
    ['no farm', ['status'], 3],
  ])('ends well with %s', async (_name, args, exitCode) => {
    const ran = await runFarmhand(args, { environment: { FARM_STATE_DIR: temporaryFolder() } });
    expect(ran.exitCode).toBe(exitCode);
    expect(`${ran.out}${ran.err}`).not.toMatch(/\n {4}at |Warning/);
  });

  it('ends quietly when nobody reads on', async () => {
    const farmhand = startFarmhand(['--help']);
    farmhand.child.stdout?.destroy();
    expect((await farmhand.ended).err).toBe('');
  });

  it('keeps its exit code when nobody reads its errors', async () => {
    const farmhand = startFarmhand(['scale', '0']);
    farmhand.child.stderr?.destroy();
    expect((await farmhand.ended).exitCode).toBe(2);
  });

  it.runIf(existsSync('/dev/full'))('does not pass for done when what it says is lost', async () => {
    const full = openSync('/dev/full', 'w');
    const bin = join(projectRoot, 'cli', 'farmhand.js');
    const child = spawn(projectNode, [bin, '--help'], { stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    let errors = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
    expect(await once(child, 'close')).toEqual([3, null]);
    expect(errors).toMatch(/^farmhand: .*: the disk is full; .*\(FILE_REFUSED\)\n$/);
  });

  it('runs the JavaScript of a packed build where there is some', async () => {
    const bin = bareProject({ name: 'main.js', text: 'console.log("packed", process.argv[2]);' });
    expect(await runFarmhand(['up'], { bin })).toEqual({ exitCode: 0, out: 'packed up\n', err: '' });
  });
});

describe.skipIf(olderNode === null)('farmhand on an older Node', () => {
  const node = olderNode ?? '';

  it('runs itself again on the project’s Node, and passes the exit code through', async () => {
    const ran = await runFarmhand(['scale', '33'], { node });
    expect(ran).toMatchObject({ exitCode: 2, err: expect.stringContaining('(USAGE)') as string });
  });

  it('passes a signal and what its child makes of it through', async () => {
    const farmhand = startFarmhand([], { node, bin: waitingProject() });
    await farmhand.says('waits as');
    farmhand.child.kill('SIGTERM');
    expect(await farmhand.ended).toMatchObject({ exitCode: 7, out: expect.stringContaining('SIGTERM') as string });
  });

  it('takes its child with it when it is killed', async () => {
    const farmhand = startFarmhand([], { node, bin: waitingProject() });
    await farmhand.says('waits as');
    const pid = Number(/waits as (\d+)/.exec(farmhand.out())?.[1]);
    farmhand.child.kill('SIGKILL');
    await until('its child is gone', () => !isRunning(pid));
  });

  it('says what to do where the project is not installed', async () => {
    const bin = bareProject({ name: 'main.ts', text: '' });
    const { exitCode, err } = await runFarmhand(['up'], { node, bin });
    expect(exitCode).toBe(3);
    expect(err).toMatch(/^farmhand: Node .* run 'npm ci' in .*\(START_FAILED\)\n$/);
  });
});
