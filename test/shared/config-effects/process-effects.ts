import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FarmConfig } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { createLogger, silentLogger } from '#shared/log.ts';
import { farmKeys } from '#shared/queue/keys.ts';
import { Delivery } from '../../../functions/collector/delivery.ts';
import { folderFiles } from '../../../functions/emitter/folder-files.ts';
import type { ConfigEffect } from './effect.ts';

/** Whether the emitter makes tasks of a folder below the machine's temporary one. */
async function listsTemporaryFolder({ emitter }: FarmConfig): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'farmhand-roots-'));
  try {
    return `${(await folderFiles(folder, emitter.imageRoots)).length} files`;
  } catch (error) {
    return error instanceof FarmhandError ? error.code : String(error);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Whether the collector writes a thumbnail into such a folder. */
async function deliversToTemporaryFolder({ collector }: FarmConfig): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'farmhand-roots-'));
  const blobs = {
    get: async () => Buffer.from('thumbnail'),
    put: async () => undefined,
    delete: async () => undefined,
    usage: async () => ({ bytes: 0, maxBytes: 1 }),
  };
  const delivery = new Delivery({ blobs, roots: collector.outputRoots, log: silentLogger });
  const value = { name: 'a.png', out: folder, thumbnail: { blob: 'b', format: 'webp' } };
  await delivery.deliver({ id: 'a', value });
  await rm(folder, { recursive: true });
  return delivery.counts;
}

function levelsWritten({ logLevel }: FarmConfig): string[] {
  const levels: string[] = [];
  const log = createLogger({
    fn: 'x',
    level: logLevel,
    write: (line) => void levels.push(/"level":"(\w+)"/.exec(line)![1]!),
  });
  for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level]({}, 'line');
  return levels;
}

export const processEffects: readonly ConfigEffect[] = [
  {
    key: 'farm',
    to: 'mine',
    shows: 'a key in Redis',
    effect: ({ farm }) => farmKeys(farm).input,
    before: '{farmhand}:input',
    after: '{mine}:input',
  },
  {
    key: 'logLevel',
    to: 'error',
    shows: 'levels that reach the log',
    effect: levelsWritten,
    before: ['info', 'warn', 'error'],
    after: ['error'],
  },
  {
    key: 'emitter.imageRoots',
    to: [tmpdir()],
    shows: 'making tasks of a folder below the temporary one',
    effect: listsTemporaryFolder,
    before: 'BODY_INVALID',
    after: '0 files',
  },
  {
    key: 'collector.outputRoots',
    to: [tmpdir()],
    shows: 'writing a thumbnail below the temporary folder',
    effect: deliversToTemporaryFolder,
    before: { written: 0, failed: 1 },
    after: { written: 1, failed: 0 },
  },
];
