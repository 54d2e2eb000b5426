import type { FunctionDefinition, FunctionStatus } from '../gateway-client.ts';

/** Labels that the platform sets itself, one value for each function. */
const PLATFORM_LABELS = ['faas_function', 'uid'];

/** Another shard like the first: the same image and everything, under a name of its own. */
export function definitionOf(shard: string, first: FunctionStatus): FunctionDefinition {
  const { labels: its, envVars, ...same } = withoutCounts(first);
  const labels = Object.entries(its ?? {}).filter(([name]) => !PLATFORM_LABELS.includes(name));
  return {
    ...same,
    labels: Object.fromEntries(labels),
    // Its workers' names begin with it: by that we know which shard they are of.
    envVars: { ...envVars, FARM_FUNCTION: shard },
  };
}

/** What makes two shards run the same program. What platforms add to a definition on their own is left out. */
export function isLike(shard: FunctionDefinition, wanted: FunctionDefinition): boolean {
  const program = ({ image, envProcess, envVars, secrets, limits, requests }: FunctionDefinition): string =>
    JSON.stringify([
      image,
      envProcess ?? '',
      sorted(envVars),
      [...(secrets ?? [])].sort(),
      sorted(limits),
      sorted(requests),
    ]);
  return program(shard) === program(wanted);
}

function withoutCounts(status: FunctionStatus): FunctionDefinition {
  const copy: Partial<FunctionStatus> = { ...status };
  delete copy.replicas;
  delete copy.availableReplicas;
  return copy;
}

function sorted(map: object | undefined): [string, unknown][] {
  return Object.entries(map ?? {})
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
