import { existsSync } from 'node:fs';
import { mkdir, realpath, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { z } from 'zod';
import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { Blobs } from '#shared/queue/blobs.ts';
import type { FinishedTask } from '#shared/task.ts';

/** What a result says of its thumbnail (functions/worker/kinds/image.ts), and where it shall go. */
const imageResult = z.object({
  name: z.string(),
  out: z.string(),
  thumbnail: z.object({ blob: z.string(), format: z.enum(['webp', 'jpeg']) }),
});

/** `a/b.png` → `a/b.png.webp`: the whole name stays, so that b.png and b.jpg do not meet. */
export function thumbnailName(name: string, format: 'webp' | 'jpeg'): string {
  return `${name}.${format === 'webp' ? 'webp' : 'jpg'}`;
}

/**
 * Writes the thumbnails that tasks ask for, below the folders that are allowed. Written aside and renamed, so that a reader
 * never sees half a picture and a repeat leaves the same file. A thumbnail that cannot be written is counted and logged and
 * its blob stays (until queue.blobTtlS); the result itself is recorded. What Redis refuses is thrown.
 */
export class Delivery {
  readonly #blobs: Blobs;
  readonly #roots: readonly string[];
  readonly #log: Logger;
  #written = 0;
  #failed = 0;

  constructor(options: { blobs: Blobs; roots: readonly string[]; log: Logger }) {
    this.#blobs = options.blobs;
    this.#roots = options.roots;
    this.#log = options.log;
  }

  get counts(): { written: number; failed: number } {
    return { written: this.#written, failed: this.#failed };
  }

  async deliver(result: Pick<FinishedTask, 'id' | 'value'>): Promise<void> {
    const wanted = imageResult.safeParse(result.value);
    if (!wanted.success) return;
    const { name, out, thumbnail } = wanted.data;
    const bytes = await this.#blobs.get(thumbnail.blob);
    const target = resolve(out, thumbnailName(name, thumbnail.format));
    try {
      if (bytes === null) {
        // Delivered by a predecessor that died before its commit.
        if (existsSync(target)) return;
        throw new Error('its bytes are gone: they expire after queue.blobTtlS');
      }
      await this.#write(target, { id: result.id, bytes });
    } catch (thrown) {
      this.#failed += 1;
      this.#log.error({ task: result.id, folder: out, error: coerceError(thrown) }, 'a thumbnail could not be written');
      return;
    }
    await this.#blobs.delete(thumbnail.blob);
    this.#written += 1;
  }

  async #write(target: string, file: { id: string; bytes: Buffer }): Promise<void> {
    // Looked at before anything is made, and again with links followed once the folder exists.
    this.#assertBelow(target, this.#roots);
    await mkdir(dirname(target), { recursive: true });
    const folder = await realpath(dirname(target));
    this.#assertBelow(folder, await Promise.all(this.#roots.map((root) => realpath(root).catch(() => root))));
    const aside = join(folder, `.${file.id}.part`);
    await writeFile(aside, file.bytes);
    await rename(aside, join(folder, basename(target)));
  }

  #assertBelow(path: string, roots: readonly string[]): void {
    const below = roots.some((root) => path === root || path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`));
    if (!below) throw new Error(`${path} is not below ${this.#roots.join(', ')} (collector.outputRoots)`);
  }
}
