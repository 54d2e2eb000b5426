import type { FunctionDefinition } from '../gateway-client.ts';

/** Labels that the platform sets itself, one value for each function. */
const PLATFORM_LABELS = ['faas_function', 'uid'];

/** Another shard like the first: the same image and everything, under a name of its own. */
export function definitionOf(shard: string, first: FunctionDefinition): FunctionDefinition {
  const labels = Object.entries(first.labels ?? {}).filter(([name]) => !PLATFORM_LABELS.includes(name));
  return {
    ...first,
    labels: Object.fromEntries(labels),
    // Its workers' names begin with it: by that we know which shard they are of.
    envVars: { ...first.envVars, FARM_FUNCTION: shard },
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

function sorted(map: object | undefined): [string, unknown][] {
  return Object.entries(map ?? {})
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
