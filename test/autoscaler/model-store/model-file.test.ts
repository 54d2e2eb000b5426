import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readModelAt } from '#autoscaler/model-store/model-at.ts';
import { decodeModelFile, encodeModelFile, isModelFile } from '#autoscaler/model-store/model-file.ts';
import { findContender } from '#autoscaler/run/play/find-contender.ts';
import { scenarioFrom } from '#autoscaler/run/scenario.ts';
import { farmConfigSchema } from '#shared/config-schema.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { modelToStore } from '../support/stored-models.ts';

const given = modelToStore('sarsa', 1);
const { id, bytes } = encodeModelFile(given);
const text = Buffer.from(bytes).toString('utf8');

function changed(change: Readonly<Record<string, unknown>>, { resigned }: { resigned: boolean }): Buffer {
  const { sha256, ...rest } = JSON.parse(text) as Record<string, unknown>;
  const content = { ...rest, ...change };
  const own = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return Buffer.from(JSON.stringify({ ...content, sha256: resigned ? own : sha256 }));
}

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('a model as one file', () => {
  test('comes back as it was, and the same content has the same bytes', () => {
    expect(decodeModelFile(bytes)).toEqual({ ...given, id });
    expect(Buffer.from(encodeModelFile(modelToStore('sarsa', 1)).bytes).equals(bytes)).toBe(true);
    expect(encodeModelFile(modelToStore('sarsa', 2)).id).not.toBe(id);
    expect(encodeModelFile({ ...given, name: 'other' }).id).not.toBe(id);
  });

  test('may be formatted anew', () => {
    const pretty = Buffer.from(JSON.stringify(JSON.parse(text), null, 2));
    expect(decodeModelFile(pretty)).toEqual({ ...given, id });
    expect(isModelFile(pretty)).toBe(true);
    expect(isModelFile(Buffer.from('{"name":"open-loop"}'))).toBe(false);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['is cut off', bytes.subarray(0, 300), /not JSON, or truncated/],
    ['is no object', Buffer.from('[]'), /expected an object/],
    ['is deeper than any model', Buffer.from(`{"a":${nested(50_000)}}`), /^a: expected at most 200 levels/],
    ['is of another format', Buffer.from('{"format":"zip"}'), /format "zip".*expected format "farmhand-model-file"/],
    ['was edited', changed({ figures: { qos: 1 } }, { resigned: false }), /checksum: .* the file was changed/],
    ['has another name than names are', changed({ name: '../x' }, { resigned: true }), /name: expected a name/],
    ['has a key too many', changed({ code: 'rm' }, { resigned: true }), /unrecognised key "code"/],
    ['has no base64', changed({ weights: '?' }, { resigned: true }), /weights: expected the bytes/],
    ['has other weights', changed({ weights: 'AAAA' }, { resigned: true }), /weights are truncated: 3 bytes/],
  ])('is refused when it %s', (_what, damaged, message) => {
    expect(() => decodeModelFile(damaged)).toThrow(
      expect.objectContaining({ code: 'MODEL_INVALID', message: expect.stringMatching(message) as string }),
    );
  });
});

describe('a path', () => {
  test('of a file is a model that can be played', async () => {
    const config = farmConfigSchema.parse({});
    const workload = findWorkload('quick', config);
    const choices = { workload, profile: 'farmhand', dispatch: 'fifo', actions: 'one', lateCost: null } as const;
    const folder = temporaryFolder();
    const file = join(folder, 'mine.json');
    writeFileSync(file, bytes);
    const found = await findContender(file, { scenario: scenarioFrom(config, choices), modelsFolder: folder });
    expect(found).toMatchObject({ name: 'sarsa', trainedOn: 'reference', deployable: true });
  });

  test('of a damaged file is named', async () => {
    const file = join(temporaryFolder(), 'mine.json');
    writeFileSync(file, bytes.subarray(0, 99));
    await expect(readModelAt(file)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining(`model ${file}: `) as string,
    });
  });
});
