import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { SystemClock } from '#shared/clock.ts';
import { expect, it, onTestFinished } from 'vitest';
import { endMembers, listMembers, type FarmProcesses } from '../../local/process-group.ts';
import { identify, isAlive, type ProcessIdentity } from '../../local/process-identity.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const clock = new SystemClock();

/** A leader with two members in `folder`: one that ends when it is asked, one that does not. */
async function startGroup(
  folder: string,
): Promise<{ leader: ChildProcess; processes: FarmProcesses; members: ProcessIdentity[] }> {
  const script = `sleep 60 & (trap '' TERM; while :; do sleep 0.05; done) & echo up; wait`;
  const leader = spawn('sh', ['-c', script], { detached: true, cwd: folder });
  onTestFinished(() => {
    try {
      process.kill(-leader.pid!, 'SIGKILL');
    } catch {
      // nothing of it is left
    }
  });
  await once(leader.stdout, 'data');
  const processes = { leader: identify(leader.pid!)!, folders: [folder] };
  const members = await until('both members run', () => {
    const found = listMembers(processes);
    return found.length >= 2 && found;
  });
  return { leader, processes, members };
}

it('finds and ends the members of a group whose leader was killed, those that will not by force', async () => {
  const { leader, processes, members } = await startGroup(temporaryFolder());
  leader.kill('SIGKILL');
  await once(leader, 'exit');
  expect(listMembers(processes).length).toBeGreaterThanOrEqual(2);
  const killed = await endMembers(processes, { clock, withinMs: 300 });
  expect(killed.length).toBeGreaterThanOrEqual(1);
  expect(members.filter(isAlive)).toEqual([]);
  expect(listMembers(processes)).toEqual([]);
});

it.runIf(process.platform === 'linux')('leaves alone what works elsewhere', async () => {
  const { processes } = await startGroup(temporaryFolder());
  expect(listMembers({ ...processes, folders: [temporaryFolder()] })).toEqual([]);
});

it('finds nobody when the pid of the leader belongs to a later process', async () => {
  const { processes } = await startGroup(temporaryFolder());
  expect(listMembers({ ...processes, leader: { ...processes.leader, startToken: 'earlier' } })).toEqual([]);
});
