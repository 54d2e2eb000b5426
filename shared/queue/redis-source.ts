import type { Claim, Outcome } from '../task.ts';
import { parseEnvelope } from './envelope.ts';
import type { FarmKeys } from './keys.ts';
import type { Scripts } from './scripts.ts';
import type { ClaimReply, FinishReply, Reclaimed, TaskSource, WorkerRequest } from './task-source.ts';

export interface LeaseRule {
  /** A claim whose worker gave no sign of life for so long is returned to its lane. */
  readonly leaseMs: number;
  /** Claims that may end without a result before the task is dead. */
  readonly maxAttempts: number;
}

/** TaskSource on Redis. */
export class RedisSource implements TaskSource {
  readonly #keys: FarmKeys;
  readonly #scripts: Scripts;
  readonly #rule: LeaseRule;

  constructor(options: { keys: FarmKeys; scripts: Scripts; rule: LeaseRule }) {
    this.#keys = options.keys;
    this.#scripts = options.scripts;
    this.#rule = options.rule;
  }

  async claim(request: WorkerRequest): Promise<ClaimReply> {
    const { leaseMs, maxAttempts } = this.#rule;
    const reply = await this.#scripts.run('claim', [request.worker, request.sequence, leaseMs, maxAttempts]);
    return parseClaimReply(reply as string[]);
  }

  async finish(request: WorkerRequest & { claim: Claim; outcome: Outcome; claimNext: boolean }): Promise<FinishReply> {
    const { claim, outcome } = request;
    const { leaseMs, maxAttempts } = this.#rule;
    const verdict = outcome.kind === 'done' ? 'done' : outcome.retry ? 'retry' : 'bury';
    const body = JSON.stringify(outcome.kind === 'done' ? (outcome.value ?? null) : outcome.error);
    const [accepted, next] = (await this.#scripts.run(
      'finish',
      [
        ...[request.worker, request.sequence, leaseMs, maxAttempts, claim.task.id, claim.epoch],
        ...[verdict, outcome.serviceMs.toFixed(3), body, request.claimNext ? 1 : 0],
      ],
      this.#keys.blob(claim.task.id),
    )) as [number, string[]];
    return { accepted: accepted === 1, next: parseClaimReply(next) };
  }

  async release(claim: Claim & { worker: string }): Promise<boolean> {
    return (await this.#scripts.run('release', [claim.worker, claim.task.id, claim.epoch])) === 1;
  }

  async beat(worker: string): Promise<number> {
    return (await this.#scripts.run('beat', [worker, this.#rule.leaseMs])) as number;
  }

  async reclaim(options?: { worker: string }): Promise<Reclaimed> {
    const args = [this.#rule.maxAttempts, options?.worker ?? '', this.#rule.leaseMs];
    const [returned, dead, waitMs] = (await this.#scripts.run('reclaim', args)) as [number, number, string];
    return { returned, dead, waitMs: Number(waitMs) };
  }
}

/** The replies of common-work.lua's claim_next; `none` (no claim was asked for) reads as empty. */
function parseClaimReply(reply: readonly string[]): ClaimReply {
  const [kind, first = '', second = '', third = '', envelope = ''] = reply;
  if (kind === 'task') {
    const claim: Claim = {
      task: parseEnvelope(envelope),
      epoch: Number(first),
      claimedAt: Number(second),
      leaseExpiresAt: Number(third),
    };
    return { kind: 'task', claim };
  }
  if (kind === 'ordered') {
    const type = second === 'terminate' ? 'terminate' : 'scale-down';
    return { kind: 'ordered', order: { id: first, type, untilMs: Number(third) } };
  }
  return { kind: 'empty', waitMs: kind === 'empty' ? Number(first) : 0 };
}
