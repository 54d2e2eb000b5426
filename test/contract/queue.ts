import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Task } from '#shared/task.ts';
import type { Drain, Roster } from '#shared/queue/roster.ts';
import type { InputMessage, TaskInbox } from '#shared/queue/task-inbox.ts';
import type { Archive, TaskSink } from '#shared/queue/task-sink.ts';
import type { ClaimReply, TaskSource } from '#shared/queue/task-source.ts';
import type { Claim } from '#shared/task.ts';

/** One implementation, opened afresh for each sentence. Its lease rule must be maxAttempts 3. */
export interface QueueUnderTest {
  readonly inbox: TaskInbox;
  readonly source: TaskSource;
  readonly sink: TaskSink;
  readonly archive: Archive;
  readonly roster: Roster & Drain;
  /** Every lease that is held now has run out when this returns. */
  expireLeases(): Promise<void>;
  close(): Promise<void>;
}

export const task = (id: string, more: Partial<Task> = {}): Task => ({
  id,
  kind: 'calibrated',
  payload: { serviceMs: 20 },
  expectedServiceMs: 20,
  deadlineMs: 60_000,
  ...more,
});

export const message = (id: string, more: Partial<Task> = {}): InputMessage => ({
  kind: 'task',
  id,
  task: task(id, more),
});

const phase = (run: string, index: number): InputMessage => ({
  kind: 'phase',
  id: `${run}/${index}`,
  phase: { run, index, name: `phase ${index}` },
});

/** Submits tasks and brings them into their lanes. */
export async function enqueue(queue: Pick<QueueUnderTest, 'inbox'>, ...ids: string[]): Promise<void> {
  await queue.inbox.submit(ids.map((id) => message(id)));
  await queue.inbox.take(ids.length);
}

export function claimed(reply: ClaimReply): Claim {
  const [claim, ...more] = claimsOf(reply);
  if (claim === undefined || more.length > 0) throw new Error(`expected one task, got ${JSON.stringify(reply)}`);
  return claim;
}

export function claimsOf(reply: ClaimReply): readonly Claim[] {
  if (reply.kind !== 'tasks') throw new Error(`expected tasks, got ${JSON.stringify(reply)}`);
  return reply.claims;
}

const done = { kind: 'done', value: { answer: 42 }, serviceMs: 20 } as const;

export function queueContract(name: string, open: () => Promise<QueueUnderTest>): void {
  describe(`${name}: the queue's contract`, () => {
    let queue: QueueUnderTest;
    beforeEach(async () => {
      queue = await open();
    });
    afterEach(async () => {
      await queue.close();
    });

    describe('TaskInbox', () => {
      it('accepts each id once and names the duplicates', async () => {
        expect(await queue.inbox.submit([message('a'), message('b')])).toEqual({ accepted: 2, duplicates: [] });
        expect(await queue.inbox.submit([message('b'), message('c')])).toEqual({ accepted: 1, duplicates: ['b'] });
      });

      it('knows an id in every state of its task', async () => {
        const again = async (): Promise<readonly string[]> => (await queue.inbox.submit([message('a')])).duplicates;
        await queue.inbox.submit([message('a')]);
        expect(await again()).toEqual(['a']);
        await queue.inbox.take(1);
        expect(await again()).toEqual(['a']);
        const claim = claimed(await queue.source.claim({ worker: 'w', sequence: 1 }));
        expect(await again()).toEqual(['a']);
        await queue.source.finish({ worker: 'w', sequence: 2, ended: [{ claim, outcome: done }], most: 0 });
        expect(await again()).toEqual(['a']);
        await queue.sink.commit(['a']);
        expect(await again()).toEqual(['a']);
      });

      it('takes in order: tasks up to a phase into their lanes, a phase alone', async () => {
        await queue.inbox.submit([
          message('a'),
          message('b'),
          phase('r', 0),
          phase('r', 1),
          message('c'),
          message('d'),
        ]);
        expect(await queue.inbox.take(10)).toEqual({ moved: 2, phase: null });
        expect((await queue.inbox.take(10)).phase).toMatchObject({ id: 'r/0', phase: { run: 'r' }, emitted: 0 });
        expect((await queue.inbox.take(10)).phase?.id).toBe('r/1');
        expect((await queue.archive.find('c')).state).toBe('input');
        expect(await queue.inbox.take(1)).toEqual({ moved: 1, phase: null });
        expect((await queue.archive.find('c')).state).toBe('waiting');
        expect(await queue.inbox.take(10)).toEqual({ moved: 1, phase: null });
        expect(await queue.inbox.take(10)).toEqual({ moved: 0, phase: null });
      });

      it('keeps what an emitter took and did not finish, with its progress', async () => {
        await queue.inbox.submit([phase('r', 0)]);
        await queue.inbox.take(1);
        await queue.inbox.emit({ phaseId: 'r/0', tasks: [task('r-0'), task('r-1')], emitted: 2, done: false });
        const [recovered] = await queue.inbox.recover();
        expect(recovered).toMatchObject({ id: 'r/0', emitted: 2 });
        await queue.inbox.emit({ phaseId: 'r/0', tasks: [task('r-2')], emitted: 3, done: true });
        expect(await queue.inbox.recover()).toEqual([]);
      });

      it('emits a repeated batch once', async () => {
        await queue.inbox.submit([phase('r', 0)]);
        await queue.inbox.take(1);
        const batch = { phaseId: 'r/0', tasks: [task('r-0')], emitted: 1, done: false };
        expect(await queue.inbox.emit(batch)).toBe(true);
        expect(await queue.inbox.emit(batch)).toBe(true);
        expect((await queue.source.claim({ worker: 'w', sequence: 1 })).kind).toBe('tasks');
        expect((await queue.source.claim({ worker: 'w', sequence: 2 })).kind).toBe('empty');
      });

      it('stops a run: its phases go, its emitted tasks and other messages stay', async () => {
        await queue.inbox.submit([phase('r', 0), phase('r', 1), phase('s', 0), message('a')]);
        await queue.inbox.take(1);
        await queue.inbox.emit({ phaseId: 'r/0', tasks: [task('r-0')], emitted: 1, done: false });
        expect(await queue.inbox.stopRun('r')).toBe(2);
        expect(await queue.inbox.emit({ phaseId: 'r/0', tasks: [task('r-1')], emitted: 2, done: false })).toBe(false);
        expect((await queue.archive.find('r-0')).state).toBe('waiting');
        expect((await queue.inbox.take(5)).phase?.id).toBe('s/0');
      });

      it("counts a user's deadline from acceptance, and keeps the whole task", async () => {
        await queue.inbox.submit([
          message('a', { deadlineMs: 5_000, payload: { text: 'zwölf ⏎ Boxkämpfer\nzwei Zeilen' } }),
        ]);
        await queue.inbox.take(1);
        const { task: got, claimedAt } = claimed(await queue.source.claim({ worker: 'w', sequence: 1 }));
        expect(got.generatedAt).toBeLessThanOrEqual(claimedAt);
        expect(claimedAt - got.generatedAt).toBeLessThan(5_000);
        expect(got.deadlineAt - got.generatedAt).toBeCloseTo(5_000, 2);
        expect(got.latestStart).toBeCloseTo(got.deadlineAt - 20, 2);
        expect(got.payload).toEqual({ text: 'zwölf ⏎ Boxkämpfer\nzwei Zeilen' });
      });
    });

    describe('TaskSource', () => {
      it('hands tasks out first in, first out, each to one worker', async () => {
        await enqueue(queue, 'a', 'b', 'c');
        const ids = [];
        for (const worker of ['w1', 'w2', 'w3'])
          ids.push(claimed(await queue.source.claim({ worker, sequence: 1 })).task.id);
        expect(ids).toEqual(['a', 'b', 'c']);
      });

      it('answers a repeated claim with the same claim', async () => {
        await enqueue(queue, 'a', 'b');
        const first = await queue.source.claim({ worker: 'w', sequence: 1 });
        expect(await queue.source.claim({ worker: 'w', sequence: 1 })).toEqual(first);
        expect(claimed(await queue.source.claim({ worker: 'w', sequence: 2 })).task.id).toBe('b');
      });

      it('finishes and claims the next in one step', async () => {
        await enqueue(queue, 'a', 'b');
        const claim = claimed(await queue.source.claim({ worker: 'w', sequence: 1 }));
        const reply = await queue.source.finish({
          worker: 'w',
          sequence: 2,
          ended: [{ claim, outcome: done }],
          most: 1,
        });
        expect(reply.accepted).toEqual([true]);
        expect(claimed(reply.next).task.id).toBe('b');
      });

      it('answers a repeated finish with the same answer and one result', async () => {
        await enqueue(queue, 'a', 'b');
        const claim = claimed(await queue.source.claim({ worker: 'w', sequence: 1 }));
        const request = { worker: 'w', sequence: 2, ended: [{ claim, outcome: done }], most: 1 };
        const first = await queue.source.finish(request);
        expect(await queue.source.finish(request)).toEqual(first);
        expect((await queue.sink.take(10)).map((result) => result.id)).toEqual(['a']);
      });

      it('says until when no lease can expire, so that whoever looks again then misses none', async () => {
        const { waitMs: whenIdle } = await queue.source.reclaim();
        await enqueue(queue, 'a');
        const claim = claimed(await queue.source.claim({ worker: 'w1', sequence: 1 }));
        const leaseMs = claim.leaseExpiresAt - claim.claimedAt;
        // Leases end on whole milliseconds.
        expect(Math.abs(leaseMs - whenIdle)).toBeLessThan(1.01);
        const { returned, waitMs } = await queue.source.reclaim();
        expect(returned).toBe(0);
        expect(waitMs).toBeLessThanOrEqual(leaseMs);
        await queue.expireLeases();
        expect(await queue.source.reclaim()).toMatchObject({ returned: 1, dead: 0 });
        expect(claimed(await queue.source.claim({ worker: 'w2', sequence: 2 })).task.id).toBe('a');
      });

      it('returns expired claims with any other claim, too', async () => {
        await enqueue(queue, 'a');
        await queue.source.claim({ worker: 'w1', sequence: 1 });
        await queue.expireLeases();
        expect(claimed(await queue.source.claim({ worker: 'w2', sequence: 1 })).task.id).toBe('a');
      });

      it('fences a zombie: an expired claim cannot finish, release or repeat', async () => {
        await enqueue(queue, 'a');
        const old = claimed(await queue.source.claim({ worker: 'zombie', sequence: 1 }));
        await queue.expireLeases();
        const fresh = claimed(await queue.source.claim({ worker: 'w', sequence: 1 }));
        expect(fresh.epoch).toBeGreaterThan(old.epoch);
        expect(fresh.task.attempts).toBe(1);
        expect(await queue.source.release({ worker: 'zombie', claims: [old] })).toBe(0);
        expect((await queue.source.claim({ worker: 'zombie', sequence: 1 })).kind).toBe('empty');
        const late = { worker: 'zombie', sequence: 2, ended: [{ claim: old, outcome: done }], most: 0 };
        expect((await queue.source.finish(late)).accepted).toEqual([false]);
        const good = { worker: 'w', sequence: 2, ended: [{ claim: fresh, outcome: done }], most: 0 };
        expect((await queue.source.finish(good)).accepted).toEqual([true]);
        expect((await queue.sink.take(10)).map((result) => result.worker)).toEqual(['w']);
      });

      it('keeps the lease of a worker that beats', async () => {
        await enqueue(queue, 'a', 'b');
        await queue.source.claim({ worker: 'w', sequence: 1 });
        await queue.expireLeases();
        expect(await queue.source.beat('w')).toBe(1);
        expect(await queue.source.reclaim()).toMatchObject({ returned: 0, dead: 0 });
      });

      it('returns all that a dead worker held to the head of the lane', async () => {
        await enqueue(queue, 'a', 'b', 'c');
        await queue.source.claim({ worker: 'w1', sequence: 1 });
        await queue.source.claim({ worker: 'w2', sequence: 1 });
        expect(await queue.source.reclaim({ worker: 'w1' })).toMatchObject({ returned: 1, dead: 0 });
        expect(claimed(await queue.source.claim({ worker: 'w3', sequence: 1 })).task).toMatchObject({
          id: 'a',
          attempts: 1,
        });
      });

      it('buries a task after its last attempt, with the reason', async () => {
        await enqueue(queue, 'poison', 'good');
        for (let attempt = 1; attempt <= 3; attempt += 1) {
          const claim = claimed(await queue.source.claim({ worker: `w${attempt}`, sequence: 1 }));
          expect(claim.task.id).toBe('poison');
          await queue.source.reclaim({ worker: `w${attempt}` });
        }
        const { total, letters } = await queue.archive.deadLetters({ offset: 0, limit: 10 });
        expect(total).toBe(1);
        expect(letters[0]).toMatchObject({ id: 'poison', attempts: 3, error: 'its worker died 3 times' });
        expect(claimed(await queue.source.claim({ worker: 'w', sequence: 1 })).task.id).toBe('good');
      });

      it.each([
        { name: 'a retryable failure goes to the tail', retry: true, state: 'waiting', next: 'b' },
        { name: 'a permanent failure is dead at once', retry: false, state: 'dead', next: 'b' },
      ])('$name', async ({ retry, state, next }) => {
        await enqueue(queue, 'a', 'b');
        const claim = claimed(await queue.source.claim({ worker: 'w', sequence: 1 }));
        const outcome = { kind: 'failed', error: 'no good', retry, serviceMs: 1 } as const;
        const reply = await queue.source.finish({ worker: 'w', sequence: 2, ended: [{ claim, outcome }], most: 1 });
        expect(reply.accepted).toEqual([true]);
        expect(claimed(reply.next).task.id).toBe(next);
        expect((await queue.archive.find('a')).state).toBe(state);
      });

      it('releases a claim to the head of the lane without counting an attempt', async () => {
        await enqueue(queue, 'a', 'b');
        const claim = claimed(await queue.source.claim({ worker: 'w', sequence: 1 }));
        expect(await queue.source.release({ worker: 'w', claims: [claim] })).toBe(1);
        expect(await queue.source.release({ worker: 'w', claims: [claim] })).toBe(0);
        expect(claimed(await queue.source.claim({ worker: 'w', sequence: 2 })).task).toMatchObject({
          id: 'a',
          attempts: 0,
        });
      });
    });

    describe('TaskSource in batches', () => {
      const idsOf = (reply: ClaimReply): string[] => claimsOf(reply).map((claim) => claim.task.id);

      it('hands out as many as are asked for, in order, each with an epoch of its own', async () => {
        await enqueue(queue, 'a', 'b', 'c');
        const reply = await queue.source.claim({ worker: 'w', sequence: 1, most: 2 });
        expect(idsOf(reply)).toEqual(['a', 'b']);
        const [a, b] = claimsOf(reply);
        expect(b!.epoch).toBe(a!.epoch + 1);
        expect(idsOf(await queue.source.claim({ worker: 'w', sequence: 2, most: 2 }))).toEqual(['c']);
        expect((await queue.source.claim({ worker: 'w', sequence: 3, most: 2 })).kind).toBe('empty');
      });

      it('ends several claims, judges each by itself, and claims the next in one step', async () => {
        await enqueue(queue, 'a', 'b', 'c', 'd', 'e');
        const [a, b, c] = claimsOf(await queue.source.claim({ worker: 'w', sequence: 1, most: 3 }));
        expect(await queue.source.release({ worker: 'w', claims: [b!] })).toBe(1);
        const failed = { kind: 'failed', error: 'no good', retry: false, serviceMs: 1 } as const;
        const ended = [
          { claim: a!, outcome: done },
          { claim: b!, outcome: done },
          { claim: c!, outcome: failed },
        ];
        const reply = await queue.source.finish({ worker: 'w', sequence: 2, ended, most: 2 });
        expect(reply.accepted).toEqual([true, false, true]);
        expect(idsOf(reply.next)).toEqual(['b', 'd']);
        expect((await queue.sink.take(10)).map((result) => result.id)).toEqual(['a']);
        expect((await queue.archive.find('c')).state).toBe('dead');
      });

      it('answers a repeat alike, without what was reclaimed meanwhile', async () => {
        await enqueue(queue, 'a', 'b', 'c');
        const [a] = claimsOf(await queue.source.claim({ worker: 'w', sequence: 1 }));
        const request = { worker: 'w', sequence: 2, ended: [{ claim: a!, outcome: done }], most: 2 };
        const first = await queue.source.finish(request);
        expect(await queue.source.finish(request)).toEqual(first);
        const [b] = claimsOf(first.next);
        await queue.source.release({ worker: 'w', claims: [b!] });
        const again = await queue.source.finish(request);
        expect([again.accepted, idsOf(again.next)]).toEqual([[true], ['c']]);
        expect((await queue.sink.take(10)).map((result) => result.id)).toEqual(['a']);
      });

      it('ends a claim once, however often one request names it', async () => {
        await enqueue(queue, 'a');
        const claim = claimed(await queue.source.claim({ worker: 'w', sequence: 1 }));
        const ended = [
          { claim, outcome: done },
          { claim, outcome: done },
        ];
        const reply = await queue.source.finish({ worker: 'w', sequence: 2, ended, most: 0 });
        expect(reply).toEqual({ accepted: [true, false], next: { kind: 'empty', waitMs: 0 } });
        expect((await queue.sink.take(10)).map((result) => result.id)).toEqual(['a']);
      });

      it('gives a worker no more than its share of what waits', async () => {
        for (const id of ['w1', 'w2', 'w3']) await queue.roster.announce({ id, role: 'worker' });
        await enqueue(queue, 'a', 'b', 'c', 'd', 'e');
        expect(idsOf(await queue.source.claim({ worker: 'w1', sequence: 1, most: 5 }))).toEqual(['a', 'b']);
        expect(idsOf(await queue.source.claim({ worker: 'w2', sequence: 1, most: 5 }))).toEqual(['c']);
      });

      it('leaves a task that would be late behind the others of its claim, and takes one that is late anyway', async () => {
        const times = { expectedServiceMs: 1_000, deadlineMs: 61_000 };
        await queue.inbox.submit([message('a', times), message('b', times), message('late', { deadlineMs: -1 })]);
        await queue.inbox.take(3);
        const request = { worker: 'w', most: 3, stepMs: 70_000 };
        expect(idsOf(await queue.source.claim({ ...request, sequence: 1 }))).toEqual(['a']);
        const second = await queue.source.claim({ ...request, sequence: 2 });
        expect(idsOf(second)).toEqual(['b', 'late']);
        expect(await queue.source.claim({ ...request, sequence: 2 })).toEqual(second);
      });

      it('claims a task alone that has ended without a result before, so that no other shares its fate twice', async () => {
        await enqueue(queue, 'a', 'b', 'c');
        await queue.source.claim({ worker: 'w1', sequence: 1, most: 2 });
        await queue.source.reclaim({ worker: 'w1' });
        const ids = [];
        for (let sequence = 1; sequence <= 3; sequence += 1)
          ids.push(idsOf(await queue.source.claim({ worker: 'w2', sequence, most: 3 })));
        expect(ids).toEqual([['a'], ['b'], ['c']]);
      });

      it('puts all that a worker held back as it stood: lost, released or left behind', async () => {
        await queue.roster.announce({ id: 'w', role: 'worker' });
        await enqueue(queue, 'a', 'b', 'c');
        const claims = claimsOf(await queue.source.claim({ worker: 'w', sequence: 1, most: 3 }));
        await queue.source.release({ worker: 'w', claims });
        expect(idsOf(await queue.source.claim({ worker: 'w', sequence: 2, most: 3 }))).toEqual(['a', 'b', 'c']);
        await queue.roster.leave('w');
        expect(idsOf(await queue.source.claim({ worker: 'w', sequence: 3, most: 3 }))).toEqual(['a', 'b', 'c']);
        await queue.expireLeases();
        const order = [];
        for (let sequence = 4; sequence <= 6; sequence += 1)
          order.push(...idsOf(await queue.source.claim({ worker: 'w', sequence, most: 3 })));
        expect(order).toEqual(['a', 'b', 'c']);
      });

      it('extends the leases of the tasks that a beat names, and no others', async () => {
        await enqueue(queue, 'a', 'b');
        await queue.source.claim({ worker: 'w', sequence: 1, most: 2 });
        await queue.expireLeases();
        expect(await queue.source.beat('w', ['b', 'nobody'])).toBe(1);
        expect(await queue.source.reclaim()).toMatchObject({ returned: 1 });
        expect((await queue.archive.find('a')).state).toBe('waiting');
        expect((await queue.archive.find('b')).state).toBe('in-flight');
      });
    });

    describe('TaskSink', () => {
      const finish = async (...ids: string[]): Promise<void> => {
        await enqueue(queue, ...ids);
        for (const [index, id] of ids.entries()) {
          const worker = `w-${id}-${index}`;
          const claim = claimed(await queue.source.claim({ worker, sequence: 1 }));
          await queue.source.finish({ worker, sequence: 2, ended: [{ claim, outcome: done }], most: 0 });
        }
      };

      it('keeps results until they are committed, so a crash between costs nothing', async () => {
        await finish('a', 'b');
        expect((await queue.sink.take(10)).map((result) => result.id)).toEqual(['a', 'b']);
        expect((await queue.sink.take(10)).map((result) => result.id)).toEqual(['a', 'b']);
        const [record] = await queue.sink.commit(['a']);
        expect(record).toMatchObject({ id: 'a', value: { answer: 42 }, serviceMs: 20, metDeadline: true });
        expect((await queue.sink.take(10)).map((result) => result.id)).toEqual(['b']);
      });

      it('commits a repeat to the same record', async () => {
        await finish('a');
        const first = await queue.sink.commit(['a']);
        expect(await queue.sink.commit(['a'])).toEqual(first);
        expect((await queue.archive.records({ offset: 0, limit: 10 })).total).toBe(1);
      });

      it('judges the deadline at collection', async () => {
        await queue.inbox.submit([message('late', { deadlineMs: -1 })]);
        await queue.inbox.take(1);
        const claim = claimed(await queue.source.claim({ worker: 'w', sequence: 1 }));
        await queue.source.finish({ worker: 'w', sequence: 2, ended: [{ claim, outcome: done }], most: 0 });
        const [record] = await queue.sink.commit(['late']);
        expect(record?.metDeadline).toBe(false);
      });

      it('pages records newest first', async () => {
        await finish('a', 'b', 'c');
        await queue.sink.commit(['a', 'b', 'c']);
        const page = await queue.archive.records({ offset: 1, limit: 1 });
        expect(page.total).toBe(3);
        expect(page.records.map((record) => record.id)).toEqual(['b']);
        expect((await queue.archive.records({ offset: 3, limit: 5 })).records).toEqual([]);
      });
    });

    describe('Archive', () => {
      it('finds a task in every state', async () => {
        const state = async (): Promise<string> => (await queue.archive.find('a')).state;
        expect(await state()).toBe('unknown');
        await queue.inbox.submit([message('a')]);
        expect(await state()).toBe('input');
        await queue.inbox.take(1);
        expect(await state()).toBe('waiting');
        const claim = claimed(await queue.source.claim({ worker: 'w', sequence: 1 }));
        expect(await state()).toBe('in-flight');
        await queue.source.finish({ worker: 'w', sequence: 2, ended: [{ claim, outcome: done }], most: 0 });
        expect(await state()).toBe('finished');
        await queue.sink.commit(['a']);
        expect(await state()).toBe('completed');
      });

      it('retries and discards dead letters, some or all', async () => {
        await enqueue(queue, 'a', 'b', 'c');
        for (let sequence = 1; sequence <= 5; sequence += 2) {
          const claim = claimed(await queue.source.claim({ worker: 'w', sequence }));
          const outcome = { kind: 'failed', error: `bad ${claim.task.id}`, retry: false, serviceMs: 1 } as const;
          await queue.source.finish({ worker: 'w', sequence: sequence + 1, ended: [{ claim, outcome }], most: 0 });
        }
        expect(await queue.archive.discard(['b', 'nobody'])).toBe(1);
        expect(await queue.archive.retry(['a'])).toBe(1);
        expect(claimed(await queue.source.claim({ worker: 'w', sequence: 9 })).task).toMatchObject({
          id: 'a',
          attempts: 0,
        });
        expect(await queue.archive.retry([])).toBe(0);
        expect(await queue.archive.retry('all')).toBe(1);
        expect((await queue.archive.deadLetters({ offset: 0, limit: 10 })).total).toBe(0);
      });
    });

    describe('SYN/ACK', () => {
      const request = { order: 'o1', type: 'scale-down', role: 'worker', timeoutMs: 60_000 } as const;

      it('asks idle workers first, and gives none of the asked any work', async () => {
        for (const id of ['w1', 'w2']) await queue.roster.announce({ id, role: 'worker' });
        await queue.roster.announce({ id: 'c1', role: 'collector' });
        await enqueue(queue, 'a', 'b');
        await queue.source.claim({ worker: 'w2', sequence: 1 });
        expect(await queue.roster.request({ ...request, count: 1 })).toEqual(['w1']);
        expect(await queue.source.claim({ worker: 'w1', sequence: 1 })).toMatchObject({
          kind: 'ordered',
          order: { id: 'o1' },
        });
        expect(await queue.roster.request({ ...request, order: 'o2', count: 5 })).toEqual(['w2']);
      });

      it('chooses nobody else when the same order is repeated', async () => {
        for (const id of ['w1', 'w2', 'w3']) await queue.roster.announce({ id, role: 'worker' });
        const chosen = await queue.roster.request({ ...request, count: 1 });
        expect(await queue.roster.request({ ...request, count: 1 })).toEqual(chosen);
        expect((await queue.roster.members()).filter((member) => member.order !== null)).toHaveLength(1);
      });

      it('lets a busy worker finish, and claims nothing more for it', async () => {
        await queue.roster.announce({ id: 'w1', role: 'worker' });
        await enqueue(queue, 'a', 'b');
        const claim = claimed(await queue.source.claim({ worker: 'w1', sequence: 1 }));
        await queue.roster.request({ ...request, count: 1 });
        const reply = await queue.source.finish({
          worker: 'w1',
          sequence: 2,
          ended: [{ claim, outcome: done }],
          most: 1,
        });
        expect(reply).toMatchObject({
          accepted: [true],
          next: { kind: 'ordered', order: { id: 'o1', type: 'scale-down' } },
        });
        expect((await queue.archive.find('b')).state).toBe('waiting');
      });

      it('carries the ACK to whoever asked, and shows it in the roster', async () => {
        await queue.roster.announce({ id: 'w1', role: 'worker' });
        await queue.roster.request({ ...request, count: 1, named: ['w1'] });
        await queue.roster.acknowledge({ order: 'o1', member: 'w1', state: 'drained' });
        expect(await queue.roster.nextAck('o1', 1_000)).toMatchObject({ order: 'o1', member: 'w1', state: 'drained' });
        expect(await queue.roster.nextAck('o1', 1)).toBeNull();
        expect((await queue.roster.members())[0]).toMatchObject({ id: 'w1', order: { id: 'o1', ack: 'drained' } });
      });

      it('withdraws: the worker works again; none means none', async () => {
        await queue.roster.announce({ id: 'w1', role: 'worker' });
        await enqueue(queue, 'a');
        await queue.roster.request({ ...request, count: 1 });
        expect(await queue.roster.withdraw('o1', [])).toBe(0);
        expect(await queue.roster.withdraw('other')).toBe(0);
        expect(await queue.roster.withdraw('o1')).toBe(1);
        expect(claimed(await queue.source.claim({ worker: 'w1', sequence: 1 })).task.id).toBe('a');
      });

      it('voids an order whose time has passed: no requester can park a worker for ever', async () => {
        await queue.roster.announce({ id: 'w1', role: 'worker' });
        await enqueue(queue, 'a');
        await queue.roster.request({ ...request, count: 1, timeoutMs: -1 });
        expect(await queue.roster.orderFor('w1')).toBeNull();
        expect(claimed(await queue.source.claim({ worker: 'w1', sequence: 1 })).task.id).toBe('a');
      });

      it('hands back what a leaving member holds', async () => {
        await queue.roster.announce({ id: 'w1', role: 'worker' });
        await enqueue(queue, 'a');
        await queue.source.claim({ worker: 'w1', sequence: 1 });
        await queue.roster.leave('w1');
        expect(await queue.roster.members()).toEqual([]);
        expect(claimed(await queue.source.claim({ worker: 'w2', sequence: 1 })).task).toMatchObject({
          id: 'a',
          attempts: 0,
        });
      });
    });
  });
}
