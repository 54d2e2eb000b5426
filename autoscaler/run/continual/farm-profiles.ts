import type { Redis } from 'ioredis';
import { z } from 'zod';
import { closedObject } from '#shared/parse.ts';
import { redisScript, runScript } from '#shared/redis-script.ts';
import { timingProfileSchema, type TimingProfile } from '../../sim/timing-profile.ts';

const storedSchema = closedObject({
  version: z.int().min(1),
  /** Farm time of the fit, ms since 1970. */
  at: z.number(),
  profile: timingProfileSchema,
});

/** One fit of a farm's timing profile. */
export type StoredProfile = Readonly<z.infer<typeof storedSchema>>;

/** The timing profiles that a farm's own logs made, by version. */
export interface FarmProfiles {
  /** Null: nothing has been fitted yet. */
  latest(): Promise<StoredProfile | null>;
  /** Newest first; the last twenty. */
  history(): Promise<readonly StoredProfile[]>;
  append(fit: { profile: TimingProfile; at: number }): Promise<StoredProfile>;
}

const KEPT = 20;

/** KEYS: list of fits, last version. ARGV: JSON of the fit without its version, fits kept. Returns the version. */
const APPEND = redisScript(`
local version = redis.call('INCR', KEYS[2])
redis.call('LPUSH', KEYS[1], version .. '\\n' .. ARGV[1])
redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
return version`);

/** FarmProfiles in the farm's Redis, under its hash tag. Entries of another version of Farmhand are passed over. */
export function redisFarmProfiles({ redis, farm }: { redis: Redis; farm: string }): FarmProfiles {
  const list = `{${farm}}:profiles`;
  const version = `{${farm}}:profiles:version`;
  const read = async (most: number): Promise<StoredProfile[]> =>
    (await redis.lrange(list, 0, most - 1)).flatMap(parseEntry);
  return {
    history: () => read(KEPT),
    latest: async () => (await read(KEPT))[0] ?? null,
    async append(fit) {
      const args = [JSON.stringify(fit), KEPT];
      return { ...fit, version: Number(await runScript(redis, APPEND, { keys: [list, version], args })) };
    },
  };
}

function parseEntry(entry: string): StoredProfile[] {
  const split = entry.indexOf('\n');
  try {
    const content = JSON.parse(entry.slice(split + 1)) as object;
    const parsed = storedSchema.safeParse({ ...content, version: Number(entry.slice(0, split)) });
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}
