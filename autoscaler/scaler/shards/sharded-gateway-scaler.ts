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

/** Status of each shard that there may be, the first one's first; null: it is not deployed. */
type Shards = readonly (FunctionStatus | null)[];

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
    this.#limit = new GrantedLimit({ ...parts, of: `${parts.functionName} and its shards` });
  }

  /** The last shard's workers go first. */
  readonly rankOf = (member: string): number => this.#names.shardOf(member);

  async read(): Promise<ScaleReading> {
    const shards = await this.#look(new Deadline(this.#parts.clock, this.#stepTime.readMs));
    const granted = total(countsOf(shards));
    const sum = (of: (shard: FunctionStatus) => number): number =>
      total(shards.map((shard) => (shard === null ? 0 : of(shard))));
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
    const changes = wanted.map(async (count, shard) => this.#change(shard, { shards, to: count, deadline }));
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
    const { gateway, functionName } = this.#parts;
    const ask = async (name: string): Promise<FunctionStatus | null> =>
      deadline.persist(async (timeoutMs) =>
        name === functionName ? gateway.status(name, timeoutMs) : gateway.find(name, timeoutMs),
      );
    const found = await Promise.all(this.#names.functions.map(ask));
    return found.map((status, shard) => (this.#isLeaving(this.#names.functions[shard]!, status) ? null : status));
  }

  #isLeaving(name: string, status: FunctionStatus | null): boolean {
    const untilMs = this.#leaving.get(name);
    if (untilMs === undefined) return false;
    if (status !== null && this.#parts.clock.monotonic() < untilMs) return true;
    this.#leaving.delete(name);
    return false;
  }

  async #change(shard: number, change: { shards: Shards; to: number; deadline: Deadline }): Promise<void> {
    const { gateway, log } = this.#parts;
    const { shards, to, deadline } = change;
    const name = this.#names.functions[shard]!;
    const present = shards[shard] ?? null;
    if (to === 0) {
      if (present === null) return;
      log.info({ function: name }, 'the last worker of a shard is drained: the shard goes');
      await deadline.persist(async (timeoutMs) => gateway.remove(name, timeoutMs));
      this.#leaving.set(name, this.#parts.clock.monotonic() + GONE_WITHIN_MS);
      return;
    }
    const now = shard === 0 ? present!.replicas : await this.#deployed(name, change);
    if (now === to) return;
    await deadline.persist(async (timeoutMs) => gateway.scale(name, to, timeoutMs));
  }

  /** Makes a shard like the first one. Returns its replicas; null: whatever a new function begins with. */
  async #deployed(name: string, { shards, deadline }: { shards: Shards; deadline: Deadline }): Promise<number | null> {
    const { gateway, log } = this.#parts;
    const { replicas: _replicas, availableReplicas: _available, ...first } = shards[0]!;
    const wanted = definitionOf(name, first);
    const present = shards[this.#names.functions.indexOf(name)] ?? null;
    if (present !== null && isLike(present, wanted)) return present.replicas;
    const verb = present === null ? 'deploy' : 'update';
    log.info({ function: name, image: first.image }, `${verb} a shard like ${this.#names.functions[0]!}`);
    return deadline.persist(async (timeoutMs) => {
      // What an earlier try did before its answer was lost is not done again.
      const there = await gateway.find(name, timeoutMs);
      if (there === null) await gateway.deploy(name, wanted, timeoutMs);
      else if (!isLike(there, wanted)) await gateway.update(name, wanted, timeoutMs);
      if (verb === 'deploy') return there?.replicas ?? null;
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

function countsOf(shards: Shards): number[] {
  return shards.map((shard) => shard?.replicas ?? 0);
}
