import type { Claim } from '../task.ts';
import type { Demand } from './claim-rule.ts';
import { parseClaim } from './envelope.ts';
import type { Scripts } from './scripts.ts';
import type { ClaimReply, Ended, FinishReply, Reclaimed, TaskSource, WorkerRequest } from './task-source.ts';

export interface LeaseRule {
  /** A claim whose worker gave no sign of life for so long is returned to its lane. */
  readonly leaseMs: number;
  /** Claims that may end without a result before the task is dead. */
  readonly maxAttempts: number;
}

/** TaskSource on Redis. */
export class RedisSource implements TaskSource {
  readonly #scripts: Scripts;
  readonly #rule: LeaseRule;

  constructor(options: { scripts: Scripts; rule: LeaseRule }) {
    this.#scripts = options.scripts;
    this.#rule = options.rule;
  }

  async claim(request: WorkerRequest & Partial<Demand>): Promise<ClaimReply> {
    return (await this.#turn({ most: 1, ...request, ended: [] })).next;
  }

  async finish(request: WorkerRequest & Demand & { ended: readonly Ended[] }): Promise<FinishReply> {
    return await this.#turn(request);
  }

  /** A claim is a finish of nothing. */
  async #turn(request: WorkerRequest & Demand & { ended: readonly Ended[] }): Promise<FinishReply> {
    const { worker, sequence, most, stepMs = 0, ended } = request;
    const { leaseMs, maxAttempts } = this.#rule;
    const args: (string | number)[] = [worker, sequence, leaseMs, maxAttempts, most, stepMs];
    for (const { claim, outcome } of ended) {
      const { id, blob } = claim.task;
      const verdict =
        outcome.kind === 'done' ? (blob === true ? 'done-blob' : 'done') : outcome.retry ? 'retry' : 'bury';
      const body = JSON.stringify(outcome.kind === 'done' ? (outcome.value ?? null) : outcome.error);
      args.push(`${claim.epoch} ${id}`, verdict, outcome.serviceMs.toFixed(3), body);
    }
    const reply = (await this.#scripts.run('finish', args)) as string | string[];
    const [line = '', ...claims] = typeof reply === 'string' ? reply.split('\n') : reply;
    const [accepted = '', ...next] = line.split(' ');
    return { accepted: ended.map((_, i) => accepted[i] === '1'), next: parseClaimReply(next, claims) };
  }

  async release({ worker, claims }: { worker: string; claims: readonly Claim[] }): Promise<number> {
    if (claims.length === 0) return 0;
    const held = claims.map(({ task, epoch }) => `${epoch} ${task.id}`);
    return (await this.#scripts.run('release', [worker, ...held])) as number;
  }

  async beat(worker: string, ids: readonly string[] = []): Promise<number> {
    return (await this.#scripts.run('beat', [worker, this.#rule.leaseMs, ...ids])) as number;
  }

  async reclaim(options?: { worker: string }): Promise<Reclaimed> {
    const args = [this.#rule.maxAttempts, options?.worker ?? '', this.#rule.leaseMs];
    const [returned, dead, waitMs] = (await this.#scripts.run('reclaim', args)) as [number, number, string];
    return { returned, dead, waitMs: Number(waitMs) };
  }
}

/** What lua/finish.lua says after its verdicts; `none` (nothing was asked for) reads as empty. */
function parseClaimReply(words: readonly string[], linesAndBodies: readonly string[]): ClaimReply {
  const [kind, first = '', second = '', third = ''] = words;
  if (kind === 'tasks') {
    const claims: Claim[] = [];
    for (let i = 0; i < linesAndBodies.length; i += 2)
      claims.push(parseClaim(linesAndBodies[i] ?? '', linesAndBodies[i + 1]));
    return { kind: 'tasks', claims };
  }
  if (kind === 'ordered') {
    const type = second === 'terminate' ? 'terminate' : 'scale-down';
    return { kind: 'ordered', order: { id: first, type, untilMs: Number(third) } };
  }
  return { kind: 'empty', waitMs: kind === 'empty' ? Number(first) : 0 };
}
