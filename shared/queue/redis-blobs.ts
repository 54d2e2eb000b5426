import type { Redis } from 'ioredis';
import { FarmhandError } from '../errors.ts';
import type { Blobs } from './blobs.ts';
import type { FarmKeys } from './keys.ts';
import type { Scripts } from './scripts.ts';

export interface BlobLimits {
  readonly maxBytes: number;
  readonly maxTotalBytes: number;
  readonly ttlMs: number;
}

/** Blobs on Redis. */
export class RedisBlobs implements Blobs {
  readonly #redis: Redis;
  readonly #keys: FarmKeys;
  readonly #scripts: Scripts;
  readonly #limits: BlobLimits;

  constructor(options: { redis: Redis; keys: FarmKeys; scripts: Scripts; limits: BlobLimits }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
    this.#scripts = options.scripts;
    this.#limits = options.limits;
  }

  async put(id: string, bytes: Buffer): Promise<void> {
    const { maxBytes, maxTotalBytes, ttlMs } = this.#limits;
    if (bytes.length > maxBytes) {
      throw new FarmhandError(
        'BODY_TOO_LARGE',
        `payload of ${id}: ${bytes.length} bytes; at most ${maxBytes} are allowed (queue.maxBlobBytes)`,
      );
    }
    const args = [id, bytes, ttlMs, maxTotalBytes, bytes.length];
    const stored = await this.#scripts.run('put-blob', args);
    if (stored !== 1) {
      throw new FarmhandError(
        'BLOBS_FULL',
        `payload of ${id}: the farm holds its ${maxTotalBytes} bytes of payloads already (queue.maxBlobTotalBytes); try again when tasks have finished`,
      );
    }
  }

  async get(id: string): Promise<Buffer | null> {
    return await this.#redis.getBuffer(this.#keys.blob(id));
  }

  async delete(id: string): Promise<void> {
    await this.#scripts.run('delete-blob', [id]);
  }

  async usage(): Promise<{ bytes: number; maxBytes: number }> {
    const bytes = await this.#redis.hget(this.#keys.counters, 'blobBytes');
    return { bytes: Number(bytes ?? 0), maxBytes: this.#limits.maxTotalBytes };
  }
}
