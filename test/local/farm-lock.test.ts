import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { lockHolder, takeFarmLock } from '../../local/farm-lock.ts';
import { identify } from '../../local/process-identity.ts';
import { projectNode } from '../support/project-node.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const takes = `
  import { takeFarmLock } from ${JSON.stringify(join(import.meta.dirname, '../../local/farm-lock.ts'))};
  process.on('message', (folder) => {
    try {
      const { abandonedBy } = takeFarmLock(folder);
      process.send({ taken: true, abandonedBy });
    } catch (error) {
      process.send({ taken: false, code: error.code });
    }
  });
  process.send('ready');
`;

interface Taker {
  readonly pid: number;
  take(folder: string): Promise<unknown>;
  kill(): Promise<void>;
}

/** A process that takes the lock when it is told to, and keeps it until it is killed. */
async function startTaker(): Promise<Taker> {
  const child = spawn(projectNode, ['--input-type=module', '--eval', takes], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  return {
    pid: child.pid!,
    async take(folder) {
      child.send(folder);
      const [answer] = (await once(child, 'message')) as unknown[];
      return answer;
    },
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

it('is given to one of several processes that ask at the same moment', async () => {
  const takers = await Promise.all(Array.from({ length: 4 }, startTaker));
  const folder = temporaryFolder();
  const answers = await Promise.all(takers.map((taker) => taker.take(folder)));
  expect(answers.filter((answer) => (answer as { taken: boolean }).taken)).toHaveLength(1);
  expect(answers.filter((answer) => (answer as { code?: string }).code === 'CONFLICT')).toHaveLength(3);
});

it('is given to one of several processes that find a killed holder', async () => {
  const folder = temporaryFolder();
  const killed = await startTaker();
  await killed.take(folder);
  await killed.kill();
  const takers = await Promise.all(Array.from({ length: 4 }, startTaker));
  const answers = await Promise.all(takers.map((taker) => taker.take(folder)));
  expect(answers.filter((answer) => (answer as { taken: boolean }).taken)).toEqual([
    { taken: true, abandonedBy: { pid: killed.pid, startToken: expect.any(String) as string } },
  ]);
  expect(readdirSync(folder)).toEqual(['2']);
});

it('is refused while it is held, and free again after release', () => {
  const folder = temporaryFolder();
  const lock = takeFarmLock(folder);
  expect(lockHolder(folder)).toEqual(identify(process.pid));
  expect(() => takeFarmLock(folder)).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
  lock.release();
  expect(lockHolder(folder)).toBeNull();
  const again = takeFarmLock(folder);
  expect(again.abandonedBy).toBeNull();
});
