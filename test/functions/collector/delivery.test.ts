import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '#shared/log.ts';
import type { FinishedTask } from '#shared/task.ts';
import { Delivery, thumbnailName } from '../../../functions/collector/delivery.ts';
import { task } from '../../contract/queue.ts';
import { openTestFarm, type TestFarm } from '../../support/farm.ts';

let farm: TestFarm;
let root: string;
beforeEach(async () => {
  farm = await openTestFarm();
  root = await mkdtemp(join(tmpdir(), 'farmhand-delivery-'));
});
afterEach(async () => {
  await farm.close();
  await rm(root, { recursive: true });
});

async function resultWith(value: Record<string, unknown>): Promise<FinishedTask> {
  await farm.blobs.put('a.out', Buffer.from('picture'));
  const queued = { ...task('a'), generatedAt: 0, deadlineAt: 1, latestStart: 1, attempts: 0 };
  const thumbnail = { blob: 'a.out', format: 'webp' };
  return {
    ...queued,
    worker: 'w',
    claimedAt: 0,
    finishedAt: 1,
    serviceMs: 1,
    value: { name: 'b.png', thumbnail, ...value },
  };
}
const delivery = (): Delivery => new Delivery({ blobs: farm.blobs, roots: [root], log: silentLogger });

describe('Delivery', () => {
  it('writes the thumbnail where the task asks for it, and frees its blob', async () => {
    await delivery().deliver(await resultWith({ out: join(root, 'new/folder'), name: 'sub/b.png' }));
    expect(await readFile(join(root, 'new/folder/sub/b.png.webp'), 'utf8')).toBe('picture');
    expect(await farm.blobs.get('a.out')).toBeNull();
    expect(await readdir(join(root, 'new/folder/sub'))).toEqual(['b.png.webp']);
  });

  it('leaves the same file after a repeat, with its blob gone already', async () => {
    const result = await resultWith({ out: root });
    const once = delivery();
    await once.deliver(result);
    await once.deliver(result);
    expect(once.counts).toEqual({ written: 1, failed: 0 });
    expect(await readdir(root)).toEqual(['b.png.webp']);
  });

  it('counts a thumbnail whose bytes expired before it was written', async () => {
    const late = delivery();
    const result = await resultWith({ out: root });
    await farm.blobs.delete('a.out');
    await late.deliver(result);
    expect(late.counts).toEqual({ written: 0, failed: 1 });
  });

  it.each(['get', 'delete'] as const)('throws what Redis refuses (%s), and then does it again', async (call) => {
    const working = farm.blobs[call].bind(farm.blobs);
    const blobs = Object.assign(farm.blobs, { [call]: () => Promise.reject(new Error('LOADING')) });
    const repeating = delivery();
    const result = await resultWith({ out: root });
    await expect(repeating.deliver(result)).rejects.toThrow('LOADING');
    Object.assign(blobs, { [call]: working });
    await repeating.deliver(result);
    expect(repeating.counts).toEqual({ written: 1, failed: 0 });
    expect(await readdir(root)).toEqual(['b.png.webp']);
    expect(await farm.blobs.get('a.out')).toBeNull();
  });

  it.each([
    { name: 'another folder', value: () => ({ out: '/somewhere/else' }) },
    { name: 'a name that climbs out', value: () => ({ out: root, name: '../../etc/b.png' }) },
  ])('refuses $name, makes nothing there, and keeps the blob', async ({ value }) => {
    const refusing = delivery();
    await refusing.deliver(await resultWith(value()));
    expect(refusing.counts).toEqual({ written: 0, failed: 1 });
    expect(await farm.blobs.get('a.out')).not.toBeNull();
    expect(await readdir(root)).toEqual([]);
  });

  it('does not follow a link out of the allowed folders', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'farmhand-outside-'));
    await symlink(outside, join(root, 'link'));
    const refusing = delivery();
    await refusing.deliver(await resultWith({ out: join(root, 'link') }));
    expect(refusing.counts.failed).toBe(1);
    expect(await readdir(outside)).toEqual([]);
    await rm(outside, { recursive: true });
  });

  it('has nothing to do for other results', async () => {
    const idle = delivery();
    await idle.deliver(await resultWith({ thumbnail: undefined, out: root }));
    await idle.deliver({ ...(await resultWith({})), value: null });
    expect(idle.counts).toEqual({ written: 0, failed: 0 });
  });

  it('names thumbnails after the whole file name', () => {
    expect(thumbnailName('a/b.png', 'webp')).toBe('a/b.png.webp');
    expect(thumbnailName('a/b.png', 'jpeg')).toBe('a/b.png.jpg');
  });
});
