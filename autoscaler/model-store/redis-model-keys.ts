/** Redis keys of a farm's models, under its hash tag as all its keys are (shared/queue/keys.ts). */
export interface RedisModelKeys {
  /** STRING: JSON of the ledger (ledger.ts). */
  readonly ledger: string;
  /** HASH id → the model's file (model-file.ts). */
  readonly files: string;
}

export function redisModelKeys(farm: string): RedisModelKeys {
  return { ledger: `{${farm}}:models:ledger`, files: `{${farm}}:models:files` };
}
