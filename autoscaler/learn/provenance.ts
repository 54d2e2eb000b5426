import { z } from 'zod';

/** Where a model comes from and how good it was found to be. */
export const provenanceSchema = z.strictObject({
  trainedOn: z.strictObject({
    workload: z.string(),
    /** The timing profile; `live` for a real farm. */
    profile: z.string(),
    dispatch: z.string(),
    actions: z.string(),
    reward: z.string(),
    /** The base that the episodes' seeds are made from. */
    seed: z.int(),
    episodes: z.int().min(0),
    /** Git revision of the code; null outside a checkout. */
    revision: z.string().nullable(),
  }),
  /** Figures on seeds that it was not trained on, by name: shares from 0 to 1, times in s. Null: not evaluated. */
  evaluation: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).nullable(),
  /** What computed the networks (own, tfjs, tfjs-node); null for agents that have none. */
  backend: z.string().nullable(),
});

export type Provenance = Readonly<z.infer<typeof provenanceSchema>>;
