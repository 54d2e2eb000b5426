import { readFileSync } from 'node:fs';
import { request, WebSocket } from 'undici';
import { z } from 'zod';
import { SECOND, type Clock } from '#shared/clock.ts';

/** Where Node's inspector listens unless it is told otherwise. */
const INSPECTOR_PORT = 9229;
/** Bit of SIGUSR1 in the masks of proc_pid_status(5). */
const SIGUSR1_BIT = 9n;
const OPENS_WITHIN_MS = 5 * SECOND;
/** A process that is frozen, or that ends in the midst of it, does not answer. */
const ANSWERS_WITHIN_MS = 20 * SECOND;
const LOOK_EVERY_MS = 20;

const targets = z.array(z.object({ webSocketDebuggerUrl: z.string() })).min(1);
/** One of both, the error where the process cannot do that now: another inspector may be closing it. */
const answer = z.object({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});
type Answer = z.infer<typeof answer>;
const pidResult = z.object({ result: z.object({ value: z.number() }) });
const heapUsage = z.object({ usedSize: z.number(), backingStorageSize: z.number() });

/**
 * What a Node process holds on to: its heap and its buffers after all garbage has been collected, in MB (10⁶ bytes). By the
 * process as it is: SIGUSR1 opens the inspector of every Node process; it is closed again afterwards.
 * Null: the process is no Node that is up, it ended meanwhile, or somebody else has the inspector's port. Linux only.
 */
export async function liveHeapMB(pid: number, options: { clock: Clock; port?: number }): Promise<number | null> {
  const { clock, port = INSPECTOR_PORT } = options;
  try {
    // SIGUSR1 would end a process that is not prepared for it.
    if (!catchesSigusr1(pid)) return null;
    process.kill(pid, 'SIGUSR1');
    const url = await inspectorUrl(port, clock);
    return url === null ? null : await collectAndRead({ url, pid, clock });
  } catch {
    return null;
  }
}

function catchesSigusr1(pid: number): boolean {
  const mask = /^SigCgt:\s+([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> SIGUSR1_BIT) & 1n) === 1n;
}

/** Null: nothing listens there in time. */
async function inspectorUrl(port: number, clock: Clock): Promise<string | null> {
  const deadline = clock.monotonic() + OPENS_WITHIN_MS;
  while (clock.monotonic() < deadline) {
    try {
      const { body } = await request(`http://127.0.0.1:${port}/json/list`);
      return targets.parse(await body.json())[0]?.webSocketDebuggerUrl ?? null;
    } catch {
      await clock.sleep(LOOK_EVERY_MS);
    }
  }
  return null;
}

async function collectAndRead(of: { url: string; pid: number; clock: Clock }): Promise<number | null> {
  const { url, pid, clock } = of;
  const socket = new WebSocket(url);
  const done = new AbortController();
  void clock.sleep(ANSWERS_WITHIN_MS, done.signal).then(() => socket.close());
  try {
    const inspector = await converse(socket);
    const { value } = pidResult.parse(await inspector.call('Runtime.evaluate', { expression: 'process.pid' })).result;
    if (value !== pid) return null;
    // The first one runs what is to run when objects are gone, and that lets go of others.
    await inspector.call('HeapProfiler.collectGarbage');
    await inspector.call('HeapProfiler.collectGarbage');
    const { usedSize, backingStorageSize } = heapUsage.parse(await inspector.call('Runtime.getHeapUsage'));
    const close = "setImmediate(() => process.getBuiltinModule('node:inspector').close())";
    await inspector.call('Runtime.evaluate', { expression: close });
    await inspector.closed;
    return (usedSize + backingStorageSize) / 1e6;
  } finally {
    done.abort();
  }
}

interface Inspector {
  /** A method of the Chrome DevTools Protocol. Rejects when it is refused or the connection ends first. */
  call(method: string, params?: object): Promise<unknown>;
  readonly closed: Promise<void>;
}

/** Rejects when the socket closes before it has opened. */
async function converse(socket: WebSocket): Promise<Inspector> {
  const waiting = new Map<number, (answered: Answer) => void>();
  const closed = new Promise<void>((resolve) => socket.addEventListener('close', () => resolve(), { once: true }));
  const lost = closed.then(() => Promise.reject(new Error('the inspector was closed')));
  lost.catch(() => undefined);
  socket.addEventListener('message', ({ data }) => {
    const parsed = answer.safeParse(JSON.parse(String(data)));
    if (!parsed.success) return; // an event
    waiting.get(parsed.data.id)?.(parsed.data);
    waiting.delete(parsed.data.id);
  });
  const opened = new Promise<void>((resolve) => socket.addEventListener('open', () => resolve(), { once: true }));
  await Promise.race([opened, lost]);
  let calls = 0;
  return {
    async call(method, params = {}) {
      const id = (calls += 1);
      const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
      socket.send(JSON.stringify({ id, method, params }));
      const { result, error } = await Promise.race([answered, lost]);
      if (error !== undefined) throw new Error(`${method}: ${error.message}`);
      return result;
    },
    closed,
  };
}
