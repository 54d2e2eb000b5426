import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeCheckpoint } from '#autoscaler/learn/checkpoint.ts';
import { ModelFolder } from '#autoscaler/model-store/folder.ts';
import { readModel, writeModel } from '#autoscaler/model-store/model-files.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { modelOf, provenance } from '../support/models.ts';

const stored = { model: modelOf(), provenance };

/** A folder with one model, `small`. */
function folderOfOne(): { folder: ModelFolder; file: (name: string) => string } {
  const path = temporaryFolder();
  const folder = new ModelFolder(path);
  folder.write('small', stored);
  return { folder, file: (name) => join(path, 'small', name) };
}

const refusal = (code: string, message: RegExp) => ({ code, message: expect.stringMatching(message) as string });

describe('a folder of models', () => {
  test('gives back what was written', async () => {
    const { folder } = folderOfOne();
    expect(await folder.read('small')).toEqual(stored);
  });

  test('writes two files, and leaves nothing else', () => {
    const { folder } = folderOfOne();
    expect(readdirSync(join(folder.path, 'small')).sort()).toEqual(['model.json', 'weights.bin']);
  });

  test('puts the new in place of the old, and touches no other file there', async () => {
    const { folder, file } = folderOfOne();
    writeFileSync(file('notes.txt'), 'mine');
    folder.write('small', { model: modelOf({ observationSize: 9, progress: { episodes: 3 } }), provenance: null });
    expect((await folder.read('small')).model.progress).toEqual({ episodes: 3 });
    expect(readFileSync(file('notes.txt'), 'utf8')).toBe('mine');
  });

  test('lists models by name, and nothing that is none', async () => {
    const { folder } = folderOfOne();
    folder.write('another', stored);
    mkdirSync(join(folder.path, 'empty'));
    writeFileSync(join(folder.path, 'best.json'), '{}');
    expect(await folder.list()).toEqual(['another', 'small']);
  });

  test('that does not exist has none', async () => {
    expect(await new ModelFolder(join(temporaryFolder(), 'nowhere')).list()).toEqual([]);
  });

  test('names what it has where a model is not there', async () => {
    const { folder } = folderOfOne();
    await expect(folder.read('large')).rejects.toMatchObject(
      refusal('NOT_FOUND', /^model large: .* has no such model; it has small$/),
    );
  });

  test.each(['', '..', '../small', 'a/b', '/etc', '.hidden', 'Large'])('has no model %j', async (name) => {
    const { folder } = folderOfOne();
    await expect(folder.read(name)).rejects.toMatchObject(refusal('MODEL_INVALID', /expected a name of a-z 0-9/));
    expect(() => folder.write(name, stored)).toThrow(/expected a name of a-z 0-9/);
  });
});

describe('a damaged model is refused by name', () => {
  test.each([
    {
      name: 'weights cut off',
      damage: (file: (name: string) => string) => truncateSync(file('weights.bin'), 10),
      message: /small: weights are truncated: 10 bytes; expected 48$/,
    },
    {
      name: 'JSON cut off',
      damage: (file: (name: string) => string) => truncateSync(file('model.json'), 300),
      message: /small: not JSON, or truncated: /,
    },
    {
      name: 'another version',
      damage: (file: (name: string) => string) =>
        writeFileSync(
          file('model.json'),
          readFileSync(file('model.json'), 'utf8').replace('"version": 1', '"version": 9'),
        ),
      message: /small: version is 9; this Farmhand reads version 1 and no other$/,
    },
    {
      name: 'another observation size',
      damage: (file: (name: string) => string) =>
        writeFileSync(file('model.json'), encodeCheckpoint(modelOf({ observationSize: 12 })).json),
      message: /small: observationSize: it reads observations of 12 numbers; expected 9$/,
    },
    {
      name: 'weights of another training',
      damage: (file: (name: string) => string) => writeFileSync(file('weights.bin'), new Uint8Array(48)),
      message: /small: checksum of the weights: SHA-256 is [0-9a-f]{64}, recorded is /,
    },
  ])('$name', async ({ damage, message }) => {
    const { folder, file } = folderOfOne();
    damage(file);
    await expect(folder.read('small')).rejects.toMatchObject(refusal('MODEL_INVALID', message));
  });

  test('a folder without its weights is none, and the file is named', async () => {
    const path = join(temporaryFolder(), 'model');
    mkdirSync(path);
    writeFileSync(join(path, 'model.json'), encodeCheckpoint(modelOf()).json);
    await expect(readModel(path)).rejects.toMatchObject(
      refusal('NOT_FOUND', /^no model in .*\/model: .*\/weights\.bin does not exist; a model is a folder with /),
    );
  });
});

test('a reader beside a writer finds a whole model each time', async () => {
  const path = join(temporaryFolder(), 'model');
  writeModel(path, stored);
  const reads: ReturnType<typeof readModel>[] = [];
  for (let i = 1; i <= 20; i += 1) {
    reads.push(readModel(path));
    writeModel(path, { model: modelOf({ arrays: { a: { shape: [1], data: Int32Array.of(i) } } }), provenance: null });
    await reads.at(-1);
  }
  expect(await Promise.all(reads)).toHaveLength(20);
});

describe('best', () => {
  const withBest = (text: string): ModelFolder => {
    const folder = new ModelFolder(temporaryFolder());
    writeFileSync(join(folder.path, 'best.json'), text);
    return folder;
  };
  const entries = '{"reference": "sarsa-reference", "reference-as-coded": "dqn-coded", "default": "trend"}';

  test.each([
    { workload: 'reference', best: 'sarsa-reference' },
    { workload: 'reference-as-coded', best: 'dqn-coded' },
    { workload: 'reference-shuffled', best: 'sarsa-reference' },
    { workload: 'referenced', best: 'trend' },
    { workload: 'quick', best: 'trend' },
  ])('on $workload is $best', async ({ workload, best }) => {
    expect(await withBest(entries).best(workload)).toBe(best);
  });

  test.each([
    {
      name: 'without an entry',
      text: '{"reference": "x"}',
      code: 'NOT_FOUND',
      message: /no entry for workload quick, and no "default"; it has reference$/,
    },
    { name: 'that is not JSON', text: '{', code: 'MODEL_INVALID', message: /best\.json: not JSON: / },
    {
      name: 'that names a path',
      text: '{"default": "../x"}',
      code: 'MODEL_INVALID',
      message: /best\.json: default: expected a name of a-z 0-9/,
    },
    {
      name: 'that is a list',
      text: '[]',
      code: 'MODEL_INVALID',
      message: /best\.json: the document: expected an object/,
    },
  ])('$name is refused', async ({ text, code, message }) => {
    await expect(withBest(text).best('quick')).rejects.toMatchObject(refusal(code, message));
  });

  test('that does not exist is refused by its file', async () => {
    await expect(new ModelFolder(temporaryFolder()).best('quick')).rejects.toMatchObject(
      refusal('NOT_FOUND', /best\.json: cannot be read/),
    );
  });
});
