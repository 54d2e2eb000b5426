import { openMemoryFarm } from '#shared/queue/memory-farm.ts';
import type { Ended, FinishReply, TaskSource } from '#shared/queue/task-source.ts';
import type { Claim } from '#shared/task.ts';
import { rule, type ModelClock, type ModelQueue, type OpenQueue } from './scope.ts';

/** A queue with one guard taken out, and what the explorer says of it. */
export interface Mutant {
  readonly name: string;
  readonly open: OpenQueue;
  readonly caught: RegExp;
}

const openMemory = (clock: ModelClock, lease = rule): ModelQueue =>
  openMemoryFarm({ clock, rule: lease, dispatch: { dispatch: 'fifo', lateEvery: 20 } });

/** A queue in memory whose worker's side is changed. */
function changed(change: (queue: ModelQueue) => Partial<TaskSource>): OpenQueue {
  return (clock) => {
    const queue = openMemory(clock);
    const { source } = queue;
    const unchanged: TaskSource = {
      claim: (request) => source.claim(request),
      finish: (request) => source.finish(request),
      release: (held) => source.release(held),
      beat: (worker, ids) => source.beat(worker, ids),
      reclaim: (options) => source.reclaim(options),
    };
    return { ...queue, source: { ...unchanged, ...change(queue) } };
  };
}

/** Remembers who holds what, to act in the holder's name. */
class Holders {
  readonly #newest = new Map<string, { worker: string; claim: Claim }>();

  note(worker: string, { next }: Pick<FinishReply, 'next'>): void {
    if (next.kind === 'tasks') for (const claim of next.claims) this.#newest.set(claim.task.id, { worker, claim });
  }

  of(claim: Claim, worker: string): { worker: string; claim: Claim } {
    return this.#newest.get(claim.task.id) ?? { worker, claim };
  }
}

let requests = 1_000_000;

/** A sequence that was never sent. */
function fresh(): number {
  requests += 1;
  return requests;
}

/** Every claim of a task may do what its newest may. Repeats are answered as before. */
const unfenced = changed(({ source }) => {
  const holders = new Holders();
  const answers = new Map<string, FinishReply>();
  const finishAsHolder = async (worker: string, { claim, outcome }: Ended): Promise<boolean> => {
    const holder = holders.of(claim, worker);
    const ended = [{ claim: holder.claim, outcome }];
    return (await source.finish({ worker: holder.worker, sequence: fresh(), ended, most: 0 })).accepted[0] === true;
  };
  return {
    async claim(request) {
      const next = await source.claim(request);
      holders.note(request.worker, { next });
      return next;
    },
    async finish(request) {
      const { worker, sequence } = request;
      const earlier = answers.get(`${worker} ${sequence}`);
      if (earlier !== undefined) return { ...earlier, next: await source.claim(request) };
      const accepted: boolean[] = [];
      for (const one of request.ended) accepted.push(await finishAsHolder(worker, one));
      const reply = await source.finish({ ...request, ended: [] });
      holders.note(worker, reply);
      answers.set(`${worker} ${sequence}`, { accepted, next: reply.next });
      return { accepted, next: reply.next };
    },
  };
});

/** A repeat is carried out like a new request. */
const forgetful = changed(({ source }) => ({
  claim: (request) => source.claim({ ...request, sequence: fresh() }),
  finish: (request) => source.finish({ ...request, sequence: fresh() }),
}));

/** Whoever looks for expired leases takes what w1 holds, expired or not. */
const hasty = changed(({ source }) => ({
  async reclaim(options) {
    if (options === undefined) await source.reclaim({ worker: 'w1' });
    return await source.reclaim(options);
  },
}));

/** What is released is dropped. */
const dropping = changed(({ source, archive }) => ({
  async release({ worker, claims }) {
    const outcome = { kind: 'failed', error: 'dropped', retry: false, serviceMs: 0 } as const;
    const ended = claims.map((claim) => ({ claim, outcome }));
    const { accepted } = await source.finish({ worker, sequence: fresh(), ended, most: 0 });
    await archive.discard(claims.map(({ task }) => task.id));
    return accepted.filter(Boolean).length;
  },
}));

/** A failure that may be tried again is taken for a result. */
const hopeful = changed(({ source }) => ({
  finish: (request) =>
    source.finish({
      ...request,
      ended: request.ended.map(({ claim }) => ({ claim, outcome: { kind: 'done', value: null, serviceMs: 1 } })),
    }),
}));

export const mutants: readonly Mutant[] = [
  { name: 'without fencing', open: unfenced, caught: /by a claim that is over/ },
  { name: 'without the memory of answers', open: forgetful, caught: /a repeat|does not know of it/ },
  {
    name: 'with leases that end early',
    open: (clock) => openMemory(clock, { ...rule, leaseMs: rule.leaseMs / 2 }),
    caught: /under a lease in force/,
  },
  { name: 'with a look that takes living claims', open: hasty, caught: /under a lease in force/ },
  {
    name: 'without a bound on attempts',
    open: (clock) => openMemory(clock, { ...rule, maxAttempts: 100 }),
    caught: /after its last attempt|is dead and was handed out again/,
  },
  { name: 'with a release that drops', open: dropping, caught: /ended with 0 records and 0 dead letters/ },
  { name: 'with failures that count as results', open: hopeful, caught: /was finished by nobody/ },
];
