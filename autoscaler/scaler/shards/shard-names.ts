/** The functions that share the work: `worker`, `worker-2`, `worker-3` … */
export class ShardNames {
  readonly functions: readonly string[];

  constructor(first: string, most: number) {
    this.functions = Array.from({ length: most }, (_, shard) => (shard === 0 ? first : `${first}-${shard + 1}`));
  }

  /**
   * Which shard a worker is of, 0 for the first: a member's name begins with its function's (template/node-farm/host.ts). -1: of
   * none. Names of functions and hosts never make `worker-2-` the beginning of a first shard's worker.
   */
  shardOf(member: string): number {
    return this.functions.findLastIndex((name) => member.startsWith(`${name}-`));
  }
}
