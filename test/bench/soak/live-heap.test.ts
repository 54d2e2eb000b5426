import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { liveHeapMB } from '../../../bench/soak/live-heap.ts';
import { freePort } from '../../../local/free-port.ts';
import { clock } from '../../support/farm.ts';

/** Holds 30 MB of buffers and 8 MB of objects, or none of it; and leaves as much garbage. */
const program = `
  const keep = [];
  const fill = () => [Buffer.alloc(30e6, 1), Array.from({ length: 100_000 }, (_, n) => ({ n, text: 'x' + n }))];
  process.on('message', (message) => {
    if (message === 'keep') keep.push(fill());
    if (message === 'forget') { keep.length = 0; globalThis.last = undefined; }
    if (message === 'litter') fill();
    process.send('done');
  });
  process.send('done');
`;

it('sees what a process holds, again and again, and not its garbage', async () => {
  const port = await freePort();
  const child = spawn(process.execPath, [`--inspect-port=127.0.0.1:${port}`, '-e', program], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  try {
    await once(child, 'message');
    const after = async (message: string): Promise<number> => {
      child.send(message);
      await once(child, 'message');
      const live = await liveHeapMB(child.pid!, { clock, port });
      expect(live).not.toBeNull();
      return live!;
    };
    const empty = await after('litter');
    expect(empty).toBeLessThan(20);
    expect(await after('litter')).toBeLessThan(empty + 2);
    expect(await after('keep')).toBeGreaterThan(empty + 33);
    expect(await after('forget')).toBeLessThan(empty + 2);
  } finally {
    child.kill('SIGKILL');
  }
}, 60_000);

it('knows nothing of a process that is no Node, and leaves it alone', async () => {
  const child = spawn('sleep', ['60']);
  try {
    await once(child, 'spawn');
    expect(await liveHeapMB(child.pid!, { clock })).toBeNull();
    expect(child.exitCode ?? child.signalCode).toBeNull();
  } finally {
    child.kill('SIGKILL');
  }
});
