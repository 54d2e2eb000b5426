import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectNode } from '../../support/project-node.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** Cuts a tunnel in the one turn of the event loop in which its far end is on its way to close. */
const program = `
  import { once } from 'node:events';
  import { connect, createServer } from 'node:net';
  import { SystemClock } from '#shared/clock.ts';
  import { Tunnel } from './chaos/proxy/tunnel.ts';
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dial = async () => {
    const connection = once(server, 'connection');
    const dialled = connect(server.address().port, '127.0.0.1');
    const [accepted] = await connection;
    return { accepted, dialled };
  };
  const one = await dial();
  const two = await dial();
  const tunnel = new Tunnel({
    near: one.accepted, far: two.dialled, weather: { stalled: false, latencyMs: 0 }, clock: new SystemClock(),
  });
  for (const socket of [one.dialled, two.accepted]) socket.on('error', () => undefined).resume();
  if (two.dialled.connecting) await once(two.dialled, 'connect');
  two.dialled.end();
  process.nextTick(() => process.nextTick(() => {
    tunnel.cut();
    server.close();
    for (const socket of [one.dialled, two.accepted]) socket.destroy();
    process.stdout.write('cut');
  }));
`;

it('a tunnel that is cut while it ends does not keep its process from exiting', async () => {
  const child = spawn(projectNode, ['--input-type=module-typescript', '--eval', program], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  try {
    let said = '';
    child.stdout.on('data', (data: Buffer) => (said += data.toString()));
    expect(await Promise.race([exited, once(AbortSignal.timeout(20_000), 'abort').then(() => 'still there')])).toEqual([
      0,
      null,
    ]);
    expect(said).toBe('cut');
  } finally {
    child.kill('SIGKILL');
  }
}, 30_000);
