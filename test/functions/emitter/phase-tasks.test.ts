import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parseConfig } from '#shared/config.ts';
import { Sfc32 } from '#shared/rng.ts';
import { createImageSource } from '#shared/workload/image-source.ts';
import { duePhase } from '../../../functions/emitter/phase-tasks.ts';

it('reads no file of a folder that is too large for a payload', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'farmhand-pictures-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'fits.png'), 'x'.repeat(2_048));
  writeFileSync(join(folder, 'huge.png'), '');
  // Larger than any process reads at once, and nothing of it is on the disk.
  truncateSync(join(folder, 'huge.png'), 2 ** 42);
  const files = ['fits.png', 'gone.png', 'huge.png'];
  const { tasks } = duePhase({
    run: {
      ...{ id: 'r', phases: [{ name: 'p', tasks: 3 }], total: 3, startedAt: 0, stopped: false },
      source: { kind: 'folder', folder, files, out: null, deadlineMs: 1_000 },
    },
    ...{ index: 0, images: createImageSource({ rng: new Sfc32('images') }) },
    config: parseConfig('queue: {maxBlobBytes: 2048}', { file: 'test', environment: {} }),
  });
  expect((await tasks[0]!.bytes!()).length).toBe(2_048);
  await expect(tasks[1]!.bytes!()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(tasks[2]!.bytes!()).rejects.toMatchObject({
    code: 'BODY_TOO_LARGE',
    message: 'huge.png: 4398046511104 bytes; at most 2048 are allowed (queue.maxBlobBytes)',
  });
});
