import type { Outcome, Task } from '#shared/task.ts';
import type { ClaimReply, FinishReply } from '#shared/queue/task-source.ts';
import { Actor, type Request } from './actor.ts';
import { Ledger, Violation } from './ledger.ts';
import type { Move } from './move.ts';
import { ModelClock, PASS_MS, rule, type Happening, type ModelQueue, type OpenQueue, type Scope } from './scope.ts';

const outcomes: Readonly<Record<'done' | 'retry' | 'bury', Outcome>> = {
  done: { kind: 'done', value: null, serviceMs: 1 },
  retry: { kind: 'failed', error: 'again', retry: true, serviceMs: 1 },
  bury: { kind: 'failed', error: 'never', retry: false, serviceMs: 1 },
};

/** Long enough that no deadline plays a part. */
const FAR_MS = 3_600_000;

/** A queue and everybody around it, in one state of one history. */
export class World {
  readonly #scope: Scope;
  readonly #clock = new ModelClock();
  readonly #queue: ModelQueue;
  readonly #ledger: Ledger;
  readonly #left: Record<Happening, number>;
  #actors: Actor[];
  readonly #dead: string[] = [];
  #processes = 0;
  #committed: readonly string[] = [];
  #straggled = false;

  private constructor(scope: Scope, open: OpenQueue) {
    this.#scope = scope;
    this.#queue = open(this.#clock);
    this.#ledger = new Ledger(
      this.#clock,
      Array.from({ length: scope.tasks }, (_, i) => `t${i}`),
    );
    this.#left = { ...scope.budget };
    this.#actors = Array.from({ length: scope.workers }, (_, place) => this.#newActor(place));
  }

  /** All tasks wait, all workers are idle. */
  static async begin(scope: Scope, open: OpenQueue): Promise<World> {
    const world = new World(scope, open);
    const tasks = world.#ledger.ids.map((id): Task => ({
      id,
      kind: 'model',
      payload: null,
      expectedServiceMs: 1,
      deadlineMs: FAR_MS,
    }));
    const { inbox } = world.#queue;
    await inbox.submit(tasks.map((task) => ({ kind: 'task', id: task.id, task })));
    const { moved } = await inbox.take(tasks.length);
    if (moved !== tasks.length) throw new Error(`${moved} of ${tasks.length} tasks are in their lanes`);
    return world;
  }

  /** What can happen next. */
  moves(): Move[] {
    const may = (happening: Happening): boolean => this.#left[happening] > 0;
    const moves: Move[] = [];
    for (const [worker, actor] of this.#actors.entries()) {
      moves.push(...this.#asks(worker, actor));
      if (may('crash')) moves.push({ do: 'crash', worker });
      if (may('beat') && actor.hand.length > 0) moves.push({ do: 'beat', worker });
      if (may('suspicion') && this.#ledger.heldBy(actor.name).length > 0) moves.push({ do: 'suspect', worker });
      if (may('straggler') && actor.older !== null) moves.push({ do: 'straggle', worker });
      if (may('release') && actor.unanswered === null && actor.hand.length > 0) moves.push({ do: 'release', worker });
    }
    moves.push(...this.#dead.map((_, dead): Move => ({ do: 'notice', dead })));
    if (may('pass')) moves.push({ do: 'pass' });
    if (may('recommit') && this.#committed.length > 0) moves.push({ do: 'recommit' });
    return [...moves, { do: 'look' }, { do: 'collect' }];
  }

  /** Makes one move; tells what its actors saw. Throws a Violation where the queue breaks its promise. */
  async make(move: Move): Promise<string> {
    const { source, sink } = this.#queue;
    switch (move.do) {
      case 'ask':
        return await this.#ask(move);
      case 'repeat':
        return await this.#repeat(move);
      case 'straggle':
        return await this.#straggle(this.#actor(move.worker));
      case 'release': {
        this.#left.release -= 1;
        const actor = this.#actor(move.worker);
        const released = await source.release({ worker: actor.name, claims: actor.hand });
        this.#ledger.release(actor.name, actor.hand, released);
        actor.hand = [];
        return String(released);
      }
      case 'beat': {
        this.#left.beat -= 1;
        const { name } = this.#actor(move.worker);
        const held = await source.beat(name);
        this.#ledger.beat(name, held);
        return String(held);
      }
      case 'crash': {
        this.#left.crash -= 1;
        this.#dead.push(this.#actor(move.worker).name);
        this.#actors[move.worker] = this.#newActor(move.worker);
        return '';
      }
      case 'notice':
        return await this.#takeAway(this.#dead.splice(move.dead, 1)[0] ?? '');
      case 'suspect':
        this.#left.suspicion -= 1;
        return await this.#takeAway(this.#actor(move.worker).name);
      case 'look': {
        const { returned, dead, waitMs } = await source.reclaim();
        return `${returned} ${dead} ${Math.round(waitMs)}`;
      }
      case 'pass':
        this.#left.pass -= 1;
        this.#clock.move(PASS_MS);
        return '';
      case 'collect': {
        const ids = (await sink.take(this.#scope.tasks + 1)).map(({ id }) => id);
        this.#committed = [...new Set([...this.#committed, ...ids])];
        return (await sink.commit(ids)).map(({ id, worker }) => `${id} by ${worker}`).join();
      }
      case 'recommit':
        this.#left.recommit -= 1;
        return (await sink.commit(this.#committed)).map(({ id, worker }) => `${id} by ${worker}`).join();
    }
  }

  /**
   * Lets one honest worker and a collector bring everything to its end, and holds the end against the promise: each task has
   * one record, of the worker whose result was accepted, or one dead letter. Returns how it went, by which two states that look
   * alike from outside are told apart. The world is over after it.
   */
  async settle(): Promise<string> {
    const { source, sink, archive } = this.#queue;
    const course: string[] = [];
    for (let sequence = 1, quietMs = 0; quietMs <= 2 * rule.leaseMs; sequence += 2) {
      const reply = await source.claim({ worker: 'last', sequence, most: 1 });
      if (reply.kind === 'tasks') {
        course.push(reply.claims.map(({ task }) => `${task.id}/${task.attempts}`).join());
        const ended = reply.claims.map((claim) => ({ claim, outcome: outcomes.done }));
        this.#ledger.enter('last', [], { accepted: [], next: reply });
        const finished = await source.finish({ worker: 'last', sequence: sequence + 1, ended, most: 0 });
        this.#ledger.enter('last', ended, finished);
        continue;
      }
      const { waitMs } = await source.reclaim();
      course.push(`+${Math.round(waitMs)}`);
      this.#clock.move(Math.max(1, Math.round(waitMs)));
      quietMs += Math.max(1, Math.round(waitMs));
    }
    const results = (await sink.take(2 * this.#scope.tasks + 1)).map(({ id }) => id);
    await sink.commit(results);
    const { records } = await archive.records({ offset: 0, limit: 2 * this.#scope.tasks + 1 });
    const { letters } = await archive.deadLetters({ offset: 0, limit: 2 * this.#scope.tasks + 1 });
    for (const id of this.#ledger.ids) {
      const record = records.filter((each) => each.id === id);
      const dead = letters.filter((each) => each.id === id).length;
      const ends = `${record.length} records and ${dead} dead letters`;
      if (record.length + dead !== 1) throw new Violation(`${id} ended with ${ends}`);
      const by = this.#ledger.doneBy(id);
      if (by !== (record[0]?.worker ?? null))
        throw new Violation(`${id} was finished by ${by ?? 'nobody'}, and has ${ends}`);
    }
    if (new Set(results).size !== results.length)
      throw new Violation(`a task stands in result twice: ${results.join()}`);
    const { total } = await archive.records({ offset: 0, limit: 1 });
    if (total !== records.length) throw new Violation(`${total} records are counted, and there are ${records.length}`);
    return `${course.join(' ')}; ${[...letters.map(({ id, attempts }) => `${id}/${attempts}`)].sort().join()}`;
  }

  /** What `settle` does not show of this state: its actors, what may still happen, and what is expired and not yet taken back. */
  async fingerprint(): Promise<string> {
    const { archive } = this.#queue;
    const places = await Promise.all(this.#ledger.ids.map(async (id) => (await archive.find(id)).state));
    const stragglers = this.#left.straggler > 0;
    return JSON.stringify([
      // Which worker has which place says nothing.
      this.#actors.map((actor) => actor.fingerprint(this.#ledger, { stragglers })).sort(),
      this.#dead.map((name) => this.#ledger.heldBy(name).join()).sort(),
      this.#ledger.ids.map((id) => this.#ledger.summary(id)),
      places,
      [...this.#committed].sort(),
      this.#left,
      this.#straggled,
    ]);
  }

  #asks(worker: number, actor: Actor): Move[] {
    const replies = this.#left.loss > 0 ? [false, true] : [false];
    const { most, failures } = this.#scope;
    return replies.flatMap((lost): Move[] => {
      if (actor.unanswered !== null) return [{ do: 'repeat', worker, lost }];
      if (actor.hand.length === 0) return [{ do: 'ask', worker, ends: 0, how: 'done', most, lost }];
      const all = actor.hand.length;
      return [
        ...['done' as const, ...failures].map((how): Move => ({ do: 'ask', worker, ends: all, how, most, lost })),
        { do: 'ask', worker, ends: all, how: 'done', most: 0, lost },
        // A batch may be ended piece by piece.
        ...(all > 1 ? [{ do: 'ask' as const, worker, ends: 1, how: 'done' as const, most: 0, lost }] : []),
      ];
    });
  }

  async #ask(move: Extract<Move, { do: 'ask' }>): Promise<string> {
    const actor = this.#actor(move.worker);
    const ended = actor.hand.slice(0, move.ends).map((claim) => ({ claim, outcome: outcomes[move.how] }));
    const request = actor.next(ended, move.most);
    const reply = await this.#send(actor.name, request);
    this.#ledger.enter(actor.name, ended, reply);
    if (move.lost) {
      this.#left.loss -= 1;
      actor.unanswered = { request, reply };
    } else this.#receive(actor, request, reply);
    return this.#tellReply(reply);
  }

  async #repeat(move: Extract<Move, { do: 'repeat' }>): Promise<string> {
    const actor = this.#actor(move.worker);
    if (actor.unanswered === null) throw new Error('nothing to repeat');
    const { request, reply: earlier } = actor.unanswered;
    const reply = await this.#send(actor.name, request);
    if (!this.#straggled) this.#ledger.enterRepeat(earlier, reply);
    else this.#ledger.enter(actor.name, [], { ...reply, next: this.#onlyNew(earlier, reply) });
    if (move.lost) this.#left.loss -= 1;
    else this.#receive(actor, request, reply);
    return this.#tellReply(reply);
  }

  /** A straggler is carried out like any request, and nobody hears the answer. */
  async #straggle(actor: Actor): Promise<string> {
    this.#left.straggler -= 1;
    this.#straggled = true;
    if (actor.older === null) throw new Error('nothing straggles');
    const reply = await this.#send(actor.name, actor.older);
    actor.older = null;
    this.#ledger.enter(actor.name, [], reply);
    return this.#tellReply(reply);
  }

  async #takeAway(name: string): Promise<string> {
    const { returned, dead } = await this.#queue.source.reclaim({ worker: name });
    this.#ledger.takeAway(name);
    return `${returned} ${dead}`;
  }

  async #send(worker: string, { sequence, ended, most }: Request): Promise<FinishReply> {
    const { source } = this.#queue;
    if (ended.length > 0) return await source.finish({ worker, sequence, ended, most });
    return { accepted: [], next: await source.claim({ worker, sequence, most }) };
  }

  #receive(actor: Actor, request: Request, reply: FinishReply): void {
    actor.receive(request, reply);
    if (this.#straggled) return;
    const known = new Set(actor.hand.map(({ task }) => task.id));
    const orphan = this.#ledger.heldBy(actor.name).find((id) => !known.has(id));
    if (orphan !== undefined) throw new Violation(`${actor.name} holds ${orphan} and does not know of it`);
  }

  #onlyNew(earlier: FinishReply, { next }: FinishReply): ClaimReply {
    if (next.kind !== 'tasks' || earlier.next.kind !== 'tasks') return next;
    const before = new Set(earlier.next.claims.map(({ epoch }) => epoch));
    return { kind: 'tasks', claims: next.claims.filter(({ epoch }) => !before.has(epoch)) };
  }

  #tellReply({ accepted, next }: FinishReply): string {
    return `${accepted.join()} ${this.#tell(next)}`;
  }

  #tell(reply: ClaimReply): string {
    if (reply.kind !== 'tasks') return reply.kind;
    return reply.claims
      .map(({ task, epoch, leaseExpiresAt }) => {
        const leftMs = Math.round(leaseExpiresAt - this.#clock.farmTime());
        return `${task.id}#${epoch}/${task.attempts}@${leftMs}`;
      })
      .join();
  }

  /** A process at a place: w0 at first, w0-2 when it is the third process that comes. */
  #newActor(place: number): Actor {
    const name = this.#processes < this.#scope.workers ? `w${place}` : `w${place}-${this.#processes}`;
    this.#processes += 1;
    return new Actor(name);
  }

  #actor(worker: number): Actor {
    const actor = this.#actors[worker];
    if (actor === undefined) throw new Error(`no worker ${worker}`);
    return actor;
  }
}
