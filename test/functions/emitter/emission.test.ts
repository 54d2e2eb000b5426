import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import { silentLogger } from '#shared/log.ts';
import type { Blobs } from '#shared/queue/blobs.ts';
import { openMemoryFarm, type MemoryFarm } from '#shared/queue/memory-farm.ts';
import { emitPhase, RUN_STOPPED } from '../../../functions/emitter/emission.ts';
import type { DuePhase } from '../../../functions/emitter/phase-tasks.ts';
import { claimed, task } from '../../contract/queue.ts';

const never = new AbortController().signal;

/** Tasks due at these times; every one has a payload. */
function phaseOf(atMs: readonly number[], durationMs: number): DuePhase {
  const tasks = atMs.map((at, i) => ({
    atMs: at,
    task: task(`r-${i}`, { blob: true }),
    bytes: async () => Buffer.from('x'),
  }));
  return { tasks, durationMs };
}

describe('emitPhase', () => {
  let clock: VirtualClock;
  let farm: MemoryFarm;
  let stored: string[];
  const room: Pick<Blobs, 'put'> = { put: async (id) => void stored.push(id) };
  const remove: Pick<Blobs, 'delete'> = { delete: async (id) => void stored.splice(stored.indexOf(id), 1) };
  beforeEach(async () => {
    clock = new VirtualClock();
    farm = openMemoryFarm({
      clock,
      rule: { leaseMs: 5_000, maxAttempts: 3 },
      dispatch: { dispatch: 'lanes', lateEvery: 32 },
    });
    stored = [];
    await farm.inbox.submit([{ kind: 'phase', id: 'r/0', phase: { run: 'r', index: 0, name: 'p' } }]);
  });
  afterEach(() => clock.advance(1_000_000));

  const emit = async (due: DuePhase, options: { signal?: AbortSignal; blobs?: Pick<Blobs, 'put'> } = {}) => {
    const taken = (await farm.inbox.recover())[0] ?? (await farm.inbox.take(1)).phase;
    const blobs = { ...remove, ...(options.blobs ?? room) } as Blobs;
    return emitPhase(
      { inbox: farm.inbox, blobs, clock, log: silentLogger },
      { taken: taken!, due, signal: options.signal ?? never },
    );
  };
  /** When each task came into being, ms from the start of the test. */
  const generated = async (): Promise<number[]> => {
    const times = [];
    for (let sequence = 1; ; sequence += 1) {
      const reply = await farm.source.claim({ worker: 'w', sequence });
      if (reply.kind !== 'tasks') return times;
      times.push(claimed(reply).task.generatedAt - Date.UTC(2026, 0, 1));
    }
  };

  it('emits each task at its time, and ends with the phase', async () => {
    const ended = emit(phaseOf([0, 100, 100.4, 2_500], 4_000));
    await clock.advance(3_999);
    expect(await farm.inbox.recover()).toHaveLength(1);
    await clock.advance(1);
    expect(await ended).toBe('done');
    expect(await farm.inbox.recover()).toEqual([]);
    expect(await generated()).toEqual([0, 100, 100, 2_500]);
  });

  it('has a payload in place before its task is due', async () => {
    const ended = emit(phaseOf([1_000, 5_000], 0));
    await clock.advance(600);
    expect(stored).toEqual(['r-0']);
    await clock.advance(5_000);
    await ended;
    expect(stored).toEqual(['r-0', 'r-1']);
  });

  it('is interrupted between tasks, and another emitter goes on: no task twice, none missing', async () => {
    const abort = new AbortController();
    const due = phaseOf([0, 1_000, 2_000, 3_000], 0);
    const first = emit(due, { signal: abort.signal });
    await clock.advance(1_500);
    abort.abort();
    expect(await first).toBe('interrupted');
    const second = emit(due);
    await clock.advance(2_000);
    expect(await second).toBe('done');
    expect(await generated()).toEqual([0, 1_000, 2_000, 3_000]);
  });

  it('lets what is overdue come at once after an outage', async () => {
    const abort = new AbortController();
    const due = phaseOf([0, 1_000, 2_000, 9_000], 0);
    const first = emit(due, { signal: abort.signal });
    await clock.advance(500);
    abort.abort();
    await first;
    await clock.advance(4_500);
    const second = emit(due);
    await clock.advance(5_000);
    await second;
    expect(await generated()).toEqual([0, 5_000, 5_000, 9_000]);
  });

  it('stops when its run is stopped', async () => {
    const ended = emit(phaseOf([0, 1_000], 0));
    await clock.advance(10);
    await farm.inbox.stopRun('r');
    await clock.advance(1_000);
    expect(await ended).toBe('withdrawn');
    expect(await generated()).toEqual([0]);
    expect(stored).toEqual(['r-0']);
  });

  it('ends at once when it is told so, and takes back the payloads that nobody will fetch', async () => {
    const abort = new AbortController();
    const ended = emit(phaseOf([0, 400, 450, 90_000], 0), { signal: abort.signal });
    await clock.advance(10);
    expect(stored).toEqual(['r-0', 'r-1', 'r-2']);
    abort.abort(RUN_STOPPED);
    expect(await ended).toBe('withdrawn');
    expect(stored).toEqual(['r-0']);
  });

  it('waits for room when the farm holds as many payload bytes as it may', async () => {
    let free = false;
    const blobs: Pick<Blobs, 'put'> = {
      put: async (id) => {
        if (!free) throw new FarmhandError('BLOBS_FULL', 'full');
        stored.push(id);
      },
    };
    const ended = emit(phaseOf([0], 0), { blobs });
    await clock.advance(3_000);
    expect(stored).toEqual([]);
    free = true;
    await clock.advance(100);
    expect(await ended).toBe('done');
    expect(await generated()).toHaveLength(1);
  });

  it('emits what is due although there is no room for the payload of what comes after it', async () => {
    const blobs: Pick<Blobs, 'put'> = {
      put: async (id) => {
        if (stored.length === 2) throw new FarmhandError('BLOBS_FULL', 'full');
        stored.push(id);
      },
    };
    const ended = emit(phaseOf([300, 310, 320], 0), { blobs });
    await clock.advance(400);
    expect(await generated()).toEqual([300, 310]);
    stored.length = 0;
    await clock.advance(100);
    expect(await ended).toBe('done');
  });

  it('emits a task whose payload cannot be had with its fault, so that it ends as a dead letter', async () => {
    const blobs: Pick<Blobs, 'put'> = {
      put: () => Promise.reject(new FarmhandError('BODY_TOO_LARGE', 'a.png: too large')),
    };
    const ended = emit(phaseOf([0], 0), { blobs });
    await clock.advance(10);
    expect(await ended).toBe('done');
    const reply = await farm.source.claim({ worker: 'w', sequence: 1 });
    expect(claimed(reply).task).toMatchObject({ blob: false, fault: 'a.png: too large' });
  });
});
