import { z } from 'zod';
import type { FarmHttp } from './http.ts';

/** OpenFaaS leaves zeros out (Go's `omitempty`), so an absent number is 0. */
const functionStatus = z.object({
  name: z.string(),
  image: z.string().default(''),
  replicas: z.number().default(0),
  availableReplicas: z.number().default(0),
  invocationCount: z.number().default(0),
});

/** A function as the gateway lists it: desired and ready replicas. */
export type FunctionFacts = z.infer<typeof functionStatus>;

export async function listFunctions(http: FarmHttp): Promise<readonly FunctionFacts[]> {
  const functions = await http.system('/functions', z.array(functionStatus));
  return functions.sort((a, b) => (a.name < b.name ? -1 : 1));
}
