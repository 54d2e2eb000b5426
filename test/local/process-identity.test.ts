import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { identify, isAlive, signalProcess } from '../../local/process-identity.ts';

it('tells a process that runs from one that has ended', async () => {
  const child = spawn('sleep', ['60']);
  onTestFinished(() => void child.kill('SIGKILL'));
  const identity = identify(child.pid!)!;
  expect(isAlive(identity)).toBe(true);
  expect(signalProcess(identity, 'SIGKILL')).toBe(true);
  await once(child, 'exit');
  expect(isAlive(identity)).toBe(false);
  expect(signalProcess(identity, 'SIGKILL')).toBe(false);
  expect(identify(child.pid!)).toBeNull();
});

it('does not take a later process for an earlier one with its pid', () => {
  const self = identify(process.pid)!;
  const earlier = { ...self, startToken: `${self.startToken}0` };
  expect(isAlive(self)).toBe(true);
  expect(isAlive(earlier)).toBe(false);
  expect(signalProcess(earlier, 'SIGKILL')).toBe(false);
});

it('reads a process whose name holds spaces and parentheses', () => {
  // Linux shows the name that a process gives itself, for example ") R 1 (".
  const title = process.title;
  const before = identify(process.pid);
  onTestFinished(() => void (process.title = title));
  process.title = 'a) Z 1 (b';
  expect(identify(process.pid)).toEqual(before);
});

it.runIf(process.platform === 'linux')('takes a process that has ended and was not reaped for ended', async () => {
  // The shell becomes `sleep`, which never waits for the child that it inherits; that one ends when it sees this.
  const child = 'until grep -q sleep /proc/$PPID/comm; do sleep 0.01; done';
  const parent = spawn('sh', ['-c', `sh -c '${child}' & echo $!; exec sleep 60`]);
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  await expect.poll(() => identify(pid)).toBeNull();
  expect(process.kill(pid, 0)).toBe(true); // its entry is still there
});
