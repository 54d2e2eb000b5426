import type { Redis } from 'ioredis';
import type { Claim } from '../task.ts';
import type { Demand } from './claim-rule.ts';
import { parseClaim } from './envelope.ts';
import type { FarmKeys } from './keys.ts';
import type { Scripts } from './scripts.ts';
import type { ClaimReply, Ended, FinishReply, Reclaimed, TaskSource, WorkerRequest } from './task-source.ts';

export interface LeaseRule {
  /** A claim whose worker gave no sign of life for so long is returned to its lane. */
  readonly leaseMs: number;
  /** Claims that may end without a result before the task is dead. */
  readonly maxAttempts: number;
}

/**
 * Where bodies are longer than this (characters, on average) they are read by a command of their own, after the claim: making
 * strings of them costs Redis's Lua more than another command does (docs/queue.md).
 */
const LONG_BODY = 3_000;

/** TaskSource on Redis. */
export class RedisSource implements TaskSource {
  readonly #redis: Redis;
  readonly #keys: FarmKeys;
  readonly #scripts: Scripts;
  readonly #rule: LeaseRule;
  /** How the next claim's bodies come, by the length of the last one's: with it, or apart. Either way they come. */
  #bodies: 'here' | 'apart' = 'here';

  constructor(options: { redis: Redis; keys: FarmKeys; scripts: Scripts; rule: LeaseRule }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
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
    const bodies = this.#bodies;
    const args: (string | number)[] = [worker, sequence, leaseMs, maxAttempts, most, stepMs, bodies];
    for (const { claim, outcome } of ended) {
      const { id, blob } = claim.task;
      const verdict =
        outcome.kind === 'done' ? (blob === true ? 'done-blob' : 'done') : outcome.retry ? 'retry' : 'bury';
      const body = JSON.stringify(outcome.kind === 'done' ? (outcome.value ?? null) : outcome.error);
      args.push(`${claim.epoch} ${id}`, verdict, outcome.serviceMs.toFixed(3), body);
    }
    const reply = (await this.#scripts.run('finish', args)) as string | string[];
    const [line = '', ...rest] = typeof reply === 'string' ? reply.split('\n') : reply;
    const [accepted = '', ...next] = line.split(' ');
    const claims = bodies === 'apart' ? await this.#withBodies(rest) : rest;
    if (claims.length > 0) this.#bodies = isLong(claims) ? 'apart' : 'here';
    return { accepted: ended.map((_, i) => accepted[i] === '1'), next: parseClaimReply(next, claims) };
  }

  async #withBodies(lines: readonly string[]): Promise<LinesAndBodies> {
    if (lines.length === 0) return [];
    const ids = lines.map((line) => line.split(' ', 2)[1] ?? '');
    const bodies = await this.#redis.hmget(this.#keys.body, ...ids);
    return lines.flatMap((line, i) => [line, bodies[i]]);
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

/**
 * Of each claim its line in hands, then its task's body. A body goes with the task's record or dead letter: where it is gone, the
 * claim was lost before it was read.
 */
type LinesAndBodies = readonly (string | null | undefined)[];

function isLong(linesAndBodies: LinesAndBodies): boolean {
  let length = 0;
  for (let i = 1; i < linesAndBodies.length; i += 2) length += linesAndBodies[i]?.length ?? 0;
  return length > (LONG_BODY * linesAndBodies.length) / 2;
}

/** What lua/finish.lua says after its verdicts; `none` (nothing was asked for) reads as empty. */
function parseClaimReply(words: readonly string[], linesAndBodies: LinesAndBodies): ClaimReply {
  const [kind, first = '', second = '', third = ''] = words;
  if (kind === 'tasks') {
    const claims: Claim[] = [];
    for (let i = 0; i < linesAndBodies.length; i += 2) {
      const body = linesAndBodies[i + 1];
      if (typeof body === 'string') claims.push(parseClaim(linesAndBodies[i] ?? '', body));
    }
    return claims.length > 0 ? { kind: 'tasks', claims } : { kind: 'empty', waitMs: 0 };
  }
  if (kind === 'ordered') {
    const type = second === 'terminate' ? 'terminate' : 'scale-down';
    return { kind: 'ordered', order: { id: first, type, untilMs: Number(third) } };
  }
  return { kind: 'empty', waitMs: kind === 'empty' ? Number(first) : 0 };
}
