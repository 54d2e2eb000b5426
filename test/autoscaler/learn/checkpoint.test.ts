import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from '#autoscaler/learn/checkpoint.ts';
import type { SavedModel } from '#autoscaler/learn/saved-model.ts';
import { modelOf, provenance } from '../support/models.ts';

const arrayOf = fc.oneof(
  fc.array(fc.float()).map((numbers) => Float32Array.from(numbers)),
  fc.array(fc.double()).map((numbers) => Float64Array.from(numbers)),
  fc.array(fc.integer()).map((numbers) => Int32Array.from(numbers)),
  fc.uint8Array().map((numbers) => Uint8Array.from(numbers)),
);

describe('a model and its bytes', () => {
  test('come back as they were, whatever its arrays', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), arrayOf), fc.option(fc.jsonValue()), (arrays, json) => {
        const model: SavedModel = {
          ...modelOf(),
          settings: { any: JSON.parse(JSON.stringify(json)) as unknown },
          arrays: Object.fromEntries(
            Object.entries(arrays).map(([name, data]) => [name, { shape: [data.length], data }]),
          ),
        };
        expect(decodeCheckpoint(encodeCheckpoint(model))).toEqual({ model, provenance: null });
      }),
    );
  });

  test('are little-endian, one array after the other', () => {
    const arrays = {
      a: { shape: [2], data: Int32Array.of(1, -2) },
      b: { shape: [1], data: Float64Array.of(1) },
    };
    const { json, weights } = encodeCheckpoint({ ...modelOf(), arrays });
    expect([...weights]).toEqual([1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
    expect(JSON.parse(json)).toMatchObject({
      format: 'farmhand-model',
      version: 1,
      arrays: [
        { name: 'a', dtype: 'int32', shape: [2], offset: 0 },
        { name: 'b', dtype: 'float64', shape: [1], offset: 8 },
      ],
      weights: { bytes: 16 },
    });
  });

  test('keep where the model comes from', () => {
    expect(decodeCheckpoint(encodeCheckpoint(modelOf(), provenance)).provenance).toEqual(provenance);
  });

  test('may be formatted anew', () => {
    const { json, weights } = encodeCheckpoint(modelOf(), provenance);
    const formatted = { json: JSON.stringify(JSON.parse(json)), weights };
    expect(decodeCheckpoint(formatted).model).toEqual(modelOf());
  });

  test('are not made of a shape that does not hold the numbers', () => {
    const arrays = { a: { shape: [3], data: Int32Array.of(1, 2) } };
    expect(() => encodeCheckpoint({ ...modelOf(), arrays })).toThrow('array a: shape [3] does not hold 2 numbers');
  });
});

/** A checkpoint whose JSON says something else, with or without a checksum that fits. */
const reworded = ({ json, weights }: Checkpoint, from: RegExp, to: string): Checkpoint => {
  const changed = json.replace(from, to);
  if (changed === json) throw new Error(`nothing to replace by ${to}`);
  return { json: changed, weights };
};

const good = encodeCheckpoint(modelOf(), provenance);

describe('refused', () => {
  const rows: { name: string; checkpoint: Checkpoint; message: RegExp }[] = [
    {
      name: 'JSON that was cut off',
      checkpoint: { ...good, json: good.json.slice(0, -40) },
      message: /^not JSON, or truncated: /,
    },
    { name: 'an empty file', checkpoint: { ...good, json: '' }, message: /^not JSON, or truncated: / },
    { name: 'a list', checkpoint: { ...good, json: '[]' }, message: /^JSON: expected an object with a format$/ },
    {
      name: "somebody else's JSON",
      checkpoint: { ...good, json: '{"format": "layers-model"}' },
      message: /^format is "layers-model"; expected "farmhand-model"$/,
    },
    {
      name: 'another version',
      checkpoint: reworded(good, /"version": 1/, '"version": 2'),
      message: /^version is 2; this Farmhand reads version 1 and no other$/,
    },
    {
      name: 'a setting that was changed by hand',
      checkpoint: reworded(good, /"alpha": 0.5/, '"alpha": 0.6'),
      message:
        /^checksum of the JSON: SHA-256 is [0-9a-f]{64}, recorded is "[0-9a-f]{64}"; the file was changed or damaged$/,
    },
    {
      name: 'a checksum that was taken out',
      checkpoint: reworded(good, /,\s*"sha256": "[0-9a-f]{64}"\s*}\s*$/, '}'),
      message: /^checksum of the JSON: .* recorded is missing/,
    },
    {
      name: 'an agent that nobody knows',
      checkpoint: encodeCheckpoint({ ...modelOf(), agent: 'oracle' }),
      message: /^agent: expected an agent that this Farmhand knows: one of sarsa, dqn, cem, got "oracle"$/,
    },
    {
      name: 'another observation size',
      checkpoint: encodeCheckpoint({ ...modelOf(), observationSize: 7 }),
      message: /^observationSize: it reads observations of 7 numbers; expected 9$/,
    },
    {
      name: 'bounds the wrong way round',
      checkpoint: encodeCheckpoint({ ...modelOf(), actions: { name: 'one', minWorkers: 9, maxWorkers: 3 } }),
      message: /^actions\.minWorkers: expected at most maxWorkers, got 9$/,
    },
    {
      name: 'weights that were cut off',
      checkpoint: { ...good, weights: good.weights.slice(0, -3) },
      message: /^weights are truncated: 45 bytes; expected 48$/,
    },
    {
      name: 'weights of another model',
      checkpoint: { ...good, weights: new Uint8Array(60) },
      message: /^weights are not the ones of this model: 60 bytes; expected 48$/,
    },
    {
      name: 'weights of which one bit fell over',
      checkpoint: { ...good, weights: good.weights.map((byte, at) => (at === 5 ? byte ^ 4 : byte)) },
      message: /^checksum of the weights: SHA-256 is /,
    },
  ];

  test.each(rows)('$name', ({ checkpoint, message }) => {
    expect(() => decodeCheckpoint(checkpoint)).toThrow(
      expect.objectContaining({ code: 'MODEL_INVALID', message: expect.stringMatching(message) as string }) as Error,
    );
  });

  test('any byte that is another, in either file', () => {
    fc.assert(
      fc.property(fc.nat(good.weights.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const weights = good.weights.map((byte, index) => (index === at ? byte ^ change : byte));
        expect(() => decodeCheckpoint({ ...good, weights })).toThrow(/^checksum of the weights/);
      }),
    );
  });
});
