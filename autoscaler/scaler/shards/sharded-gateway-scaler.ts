import { MINUTE, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { FunctionStatus, GatewayClient } from '../gateway-client.ts';
import { GrantedLimit } from '../granted-limit.ts';
import { Deadline, StepTime } from '../patience.ts';
import { readBack } from '../read-back.ts';
import type { Grant, ScaleReading, Scaler, ScaleTarget } from '../scaler.ts';
import { definitionOf, isLike } from './shard-definition.ts';
import { ShardNames } from './shard-names.ts';
import { grow, shrink, total } from './spread.ts';

export interface ShardedGatewayScalerParts {
  readonly gateway: GatewayClient;
  /** The first shard, which stack.yml deploys; the others are made like it. */
  readonly functionName: string;
  /** The most functions, the first one included. */
  readonly shards: number;
  /** The most replicas of each. */
  readonly perShard: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly stepTime?: StepTime;
}

/** A function that was deleted is shown until its last replica has ended, which takes its grace; then it is shown no more. */
const GONE_WITHIN_MS = MINUTE;

/** A shard that there may be. */
interface Shard {
  readonly name: string;
  /** Null: it is not deployed. */
  readonly status: FunctionStatus | null;
}

/** What is deployed: the first shard, which always is, and all of them in order, with it. */
interface Shards {
  readonly first: FunctionStatus;
  readonly all: readonly Shard[];
}

/**
 * Spreads the workers over several functions, where a gateway grants each of them only a few. It remembers nothing of them: what
 * is deployed is read before each change, so a change that was cut short is completed by the next one. A shard goes when its
 * last worker has been drained; none is ever scaled to 0.
 */
export class ShardedGatewayScaler implements Scaler {
  readonly #parts: ShardedGatewayScalerParts;
  readonly #names: ShardNames;
  readonly #stepTime: StepTime;
  readonly #limit: GrantedLimit;
  /** Shards that were deleted and are still shown: their names, and until when that is believed. */
  readonly #leaving = new Map<string, number>();
  #last: Grant | null = null;

  constructor(parts: ShardedGatewayScalerParts) {
    this.#parts = parts;
    this.#names = new ShardNames(parts.functionName, parts.shards);
    this.#stepTime = parts.stepTime ?? new StepTime();
    this.#limit = new GrantedLimit({ ...parts, of: `${parts.functionName} and its shards`, stepTime: this.#stepTime });
  }

  /** The last shard's workers go first. */
  readonly rankOf = (member: string): number => this.#names.shardOf(member);

  async read(): Promise<ScaleReading> {
    const shards = await this.#look(new Deadline(this.#parts.clock, this.#stepTime.readMs));
    const granted = total(countsOf(shards));
    const sum = (of: (shard: FunctionStatus) => number): number =>
      total(shards.all.map(({ status }) => (status === null ? 0 : of(status))));
    return {
      desired: this.#last?.granted === granted ? this.#last.requested : granted,
      granted,
      ready: sum(({ availableReplicas }) => availableReplicas),
      active: sum(({ replicas, availableReplicas }) => Math.max(replicas, availableReplicas)),
      parked: 0,
      limit: this.#limit.replicas,
    };
  }

  async apply({ replicas: requested, drained }: ScaleTarget): Promise<Grant> {
    const deadline = new Deadline(this.#parts.clock, this.#stepTime.applyMs);
    const shards = await this.#look(deadline);
    const counts = countsOf(shards);
    const wanted =
      requested >= total(counts)
        ? grow(counts, requested, this.#room())
        : shrink(counts, requested, drained === undefined ? counts : this.#spare(drained));
    const changes = shards.all.map(async (shard, at) =>
      this.#change(shard, { first: shards.first, to: wanted[at] ?? 0, deadline }),
    );
    const failed = (await Promise.allSettled(changes)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    const granted = await readBack(total(wanted), deadline, async () => total(countsOf(await this.#look(deadline))));
    this.#last = { requested, granted };
    // Fewer than wanted is a limit when more were asked for, and a shard that would not go when fewer were.
    if (requested >= total(counts) && this.#leaving.size === 0) this.#limit.learn(this.#last);
    return this.#last;
  }

  /** The most replicas of each shard: none of one that is on its way out, whose name is not free yet. */
  #room(): number[] {
    return this.#names.functions.map((name) => (this.#leaving.has(name) ? 0 : this.#parts.perShard));
  }

  /** Drained workers of each shard. */
  #spare(drained: readonly string[]): number[] {
    return this.#names.functions.map(
      (_, shard) => drained.filter((member) => this.#names.shardOf(member) === shard).length,
    );
  }

  async #look(deadline: Deadline): Promise<Shards> {
    const { gateway } = this.#parts;
    const [firstName = '', ...others] = this.#names.functions;
    const [first, ...found] = await Promise.all([
      deadline.persist(async (timeoutMs) => gateway.status(firstName, timeoutMs)),
      ...others.map(async (name) => deadline.persist(async (timeoutMs) => gateway.find(name, timeoutMs))),
    ]);
    const shards = others.map((name, at) => {
      const status = found[at] ?? null;
      return { name, status: this.#isLeaving(name, status) ? null : status };
    });
    return { first, all: [{ name: firstName, status: first }, ...shards] };
  }

  #isLeaving(name: string, status: FunctionStatus | null): boolean {
    const untilMs = this.#leaving.get(name);
    if (untilMs === undefined) return false;
    if (status !== null && this.#parts.clock.monotonic() < untilMs) return true;
    this.#leaving.delete(name);
    return false;
  }

  async #change({ name, status }: Shard, change: Change): Promise<void> {
    const { gateway, functionName, log, clock } = this.#parts;
    const { to, deadline } = change;
    if (to > 0) {
      const now = name === functionName ? change.first.replicas : await this.#likeTheFirst({ name, status }, change);
      if (now !== to) await deadline.persist(async (timeoutMs) => gateway.scale(name, to, timeoutMs));
    } else if (status !== null) {
      log.info({ function: name }, 'the last worker of a shard is drained: the shard goes');
      await deadline.persist(async (timeoutMs) => gateway.remove(name, timeoutMs));
      this.#leaving.set(name, clock.monotonic() + GONE_WITHIN_MS);
    }
  }

  /** Makes a shard like the first one, if it is not. Returns its replicas; null: whatever a new function begins with. */
  async #likeTheFirst({ name, status }: Shard, { first, deadline }: Change): Promise<number | null> {
    const { gateway, functionName, log } = this.#parts;
    const wanted = definitionOf(name, first);
    if (status !== null && isLike(status, wanted)) return status.replicas;
    log.info(
      { function: name, image: first.image },
      `${status === null ? 'deploy' : 'update'} a shard like ${functionName}`,
    );
    return deadline.persist(async (timeoutMs) => {
      // What an earlier try did before its answer was lost is not done again.
      const there = await gateway.find(name, timeoutMs);
      if (there === null) {
        await gateway.deploy(name, wanted, timeoutMs);
        return null;
      }
      if (!isLike(there, wanted)) await gateway.update(name, wanted, timeoutMs);
      const after = await gateway.status(name, timeoutMs);
      if (isLike(after, wanted)) return after.replicas;
      throw new FarmhandError(
        'GATEWAY_REFUSED',
        `${name} was to be updated to ${first.image ?? 'its image'}, was accepted, and has not changed; Community ` +
          "Edition drops updates to images that are not public: see the gateway's log",
      );
    });
  }
}

interface Change {
  readonly first: FunctionStatus;
  /** Replicas; 0: the shard is deleted. */
  readonly to: number;
  readonly deadline: Deadline;
}

function countsOf({ all }: Shards): number[] {
  return all.map(({ status }) => status?.replicas ?? 0);
}
