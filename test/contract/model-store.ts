import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StoreCaps } from '#autoscaler/model-store/caps.ts';
import { decodeModelFile } from '#autoscaler/model-store/model-file.ts';
import type { ModelStore, ModelToStore } from '#autoscaler/model-store/model-store.ts';
import { modelToStore } from '../autoscaler/support/stored-models.ts';

export interface StoreUnderTest {
  readonly store: ModelStore;
  /** Another one on the same place, as another process has it. */
  readonly beside: () => ModelStore;
  /** Changes one byte of a model's file where it is kept. */
  readonly damage: (id: string) => Promise<void>;
}

const roomy: StoreCaps = { maxBytes: 100_000, maxModels: 100, maxUnpromoted: 50 };

/** What every model store keeps to. `open` gives an empty one. */
export function modelStoreContract(name: string, open: (caps: StoreCaps) => Promise<StoreUnderTest>): void {
  describe(`${name} as a model store`, () => {
    test('is empty at first', async () => {
      const { store } = await open(roomy);
      expect(await store.list()).toEqual([]);
      await expect(store.get('sarsa')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(store.history('sarsa')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    test('gives back what was put in, with its file', async () => {
      const { store, beside } = await open(roomy);
      const given = modelToStore('sarsa', 1);
      const stored = await store.put(given);
      expect(stored).toMatchObject({ name: 'sarsa', version: 1, agent: 'sarsa', promoted: false });
      const found = await beside().get(stored.id);
      expect(found.stored).toEqual(stored);
      expect(found.model).toEqual(given.model);
      expect(found.bytes.byteLength).toBe(stored.bytes);
      expect(decodeModelFile(found.bytes)).toEqual({ ...given, id: stored.id });
    });

    test('keeps the same content once: the same id and version', async () => {
      const { store } = await open(roomy);
      const first = await store.put(modelToStore('sarsa', 1));
      expect(await store.put(modelToStore('sarsa', 1))).toEqual(first);
      expect(await store.list()).toHaveLength(1);
    });

    test('numbers the versions of each name, and lists the newest first', async () => {
      const { store } = await open(roomy);
      for (const [name, seed] of [
        ['sarsa', 1],
        ['dqn-like', 2],
        ['sarsa', 3],
      ] as const) {
        await store.put(modelToStore(name, seed));
      }
      const listed = (await store.list()).map(({ name, version }) => `${name}@${version}`);
      expect(listed).toEqual(['sarsa@2', 'dqn-like@1', 'sarsa@1']);
    });

    test('finds by id and by name@version; by name only what is promoted', async () => {
      const { store } = await open(roomy);
      const one = await store.put(modelToStore('sarsa', 1));
      const two = await store.put(modelToStore('sarsa', 2));
      expect((await store.get(one.id)).stored.version).toBe(1);
      expect((await store.get('sarsa@2')).stored.id).toBe(two.id);
      await expect(store.get('sarsa')).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringMatching(/none of its versions is promoted \(@1 @2\)/) as string,
      });
      await expect(store.get('sarsa@3')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await store.promote('sarsa@1')).toMatchObject({ id: one.id, promoted: true });
      expect((await store.get('sarsa')).stored.id).toBe(one.id);
      expect((await store.get(two.id)).stored.promoted).toBe(false);
    });

    test('promotes, rolls back, and tells what was when', async () => {
      const { store } = await open(roomy);
      const one = await store.put(modelToStore('sarsa', 1));
      const two = await store.put(modelToStore('sarsa', 2));
      await store.promote(one.id);
      await store.promote(two.id);
      await store.promote(two.id);
      expect(await store.rollback('sarsa')).toMatchObject({ id: one.id, promoted: true });
      await expect(store.rollback('sarsa')).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(store.rollback('other')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect((await store.history('sarsa')).map(({ id, version, by }) => ({ id, version, by }))).toEqual([
        { id: one.id, version: 1, by: 'rollback' },
        { id: two.id, version: 2, by: 'promote' },
        { id: one.id, version: 1, by: 'promote' },
      ]);
    });

    test('refuses a damaged model, says which and where, and does not promote it', async () => {
      const { store, damage } = await open(roomy);
      const { id } = await store.put(modelToStore('sarsa', 1));
      await damage(id);
      const refusal = {
        code: 'MODEL_INVALID',
        message: expect.stringMatching(new RegExp(`^model sarsa@1 in .+${id}: `)) as string,
      };
      await expect(store.get('sarsa@1')).rejects.toMatchObject(refusal);
      await expect(store.promote(id)).rejects.toMatchObject(refusal);
      expect(await store.list()).toMatchObject([{ promoted: false }]);
    });

    test('keeps nothing that training alone needs', async () => {
      const { store } = await open(roomy);
      const { model, ...rest } = modelToStore('sarsa', 1, { resumable: true });
      expect(model.progress).not.toBeNull();
      const { id } = await store.put({ ...rest, model });
      expect((await store.get(id)).model.progress).toBeNull();
    });

    const bad: readonly (readonly [string, Partial<ModelToStore>, RegExp])[] = [
      ['a name with a slash', { name: '../sarsa' }, /model name "\.\.\/sarsa": expected a name/],
      ['the name of a rule', { name: 'static-15' }, /means something else/],
      ['the name best', { name: 'best' }, /means something else/],
      ['an unknown agent', { model: { ...modelToStore('a', 1).model, agent: 'oracle' } }, /agent "oracle"/],
      ['a missing array', { model: { ...modelToStore('a', 1).model, arrays: {} } }, /array states is missing/],
    ];
    test.each(bad)('refuses %s', async (_what, change, message) => {
      const { store } = await open(roomy);
      await expect(store.put({ ...modelToStore('sarsa', 1), ...change })).rejects.toThrow(message);
      expect(await store.list()).toEqual([]);
    });

    test('refuses a model that is too large', async () => {
      const { store } = await open({ ...roomy, maxBytes: 500 });
      await expect(store.put(modelToStore('sarsa', 1))).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
    });

    test('drops the oldest that nothing holds, and never gives a version twice', async () => {
      const { store } = await open({ ...roomy, maxModels: 3 });
      await store.put(modelToStore('sarsa', 1));
      await store.promote('sarsa@1');
      for (let seed = 2; seed <= 5; seed += 1) await store.put(modelToStore('sarsa', seed));
      expect((await store.list()).map(({ version }) => version)).toEqual([5, 4, 1]);
      await expect(store.get('sarsa@2')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect((await store.put(modelToStore('sarsa', 2))).version).toBe(6);
    });

    test('drops snapshots of a name before anybody else’s models', async () => {
      const { store } = await open({ ...roomy, maxUnpromoted: 2 });
      await store.put(modelToStore('by-hand', 1));
      for (let seed = 1; seed <= 4; seed += 1) await store.put(modelToStore('online', seed));
      expect((await store.list()).map(({ name, version }) => `${name}@${version}`)).toEqual([
        'online@4',
        'online@3',
        'by-hand@1',
      ]);
    });

    test('is full when every model is promoted or to be rolled back to', async () => {
      const { store } = await open({ ...roomy, maxModels: 2 });
      for (const seed of [1, 2]) await store.promote((await store.put(modelToStore('sarsa', seed))).id);
      await expect(store.put(modelToStore('sarsa', 3))).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await store.list()).toHaveLength(2);
    });

    test('loses none of the models that several put in at once', async () => {
      const { store, beside } = await open(roomy);
      const stores = [store, beside(), beside()];
      const puts = Array.from({ length: 9 }, (_, seed) => stores[seed % 3]!.put(modelToStore('sarsa', seed)));
      const versions = (await Promise.all(puts)).map(({ version }) => version);
      expect(versions.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      for (const { id } of await store.list()) expect((await store.get(id)).stored.id).toBe(id);
    });

    test('keeps its promises through any sequence of changes', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(change, { maxLength: 25 }), async (changes) => keepsPromises(open, changes)),
        {
          numRuns: 25,
        },
      );
    });
  });
}

type StoreChange =
  | { readonly kind: 'put'; readonly name: string; readonly seed: number }
  | { readonly kind: 'promote'; readonly name: string; readonly version: number }
  | { readonly kind: 'rollback'; readonly name: string };

const someName = fc.constantFrom('sarsa', 'other', 'constructor');
const change: fc.Arbitrary<StoreChange> = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), name: someName, seed: fc.integer({ min: 0, max: 5 }) }),
  fc.record({ kind: fc.constant('promote' as const), name: someName, version: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant('rollback' as const), name: someName }),
);

const MOST_MODELS = 6;
const MOST_UNPROMOTED = 3;
const refusals = ['NOT_FOUND', 'CONFLICT'];

/** After every change: caps kept, every model readable, no version twice, a name stands for what was promoted last. */
async function keepsPromises(
  open: (caps: StoreCaps) => Promise<StoreUnderTest>,
  changes: readonly StoreChange[],
): Promise<void> {
  const { store } = await open({ maxBytes: 100_000, maxModels: MOST_MODELS, maxUnpromoted: MOST_UNPROMOTED });
  /** What each name stood for, oldest first; the last is what it stands for. */
  const stacks = new Map<string, string[]>();
  const given = new Map<string, string>();
  for (const each of changes) {
    const stack = stacks.get(each.name) ?? [];
    try {
      if (each.kind === 'put') {
        const { id, version } = await store.put(modelToStore(each.name, each.seed));
        const called = `${each.name}@${version}`;
        expect(given.get(called) ?? id, `${called} is one model for ever`).toBe(id);
        given.set(called, id);
      } else if (each.kind === 'promote') {
        const { id } = await store.promote(`${each.name}@${each.version}`);
        if (stack.at(-1) !== id) stacks.set(each.name, [...stack, id].slice(-6));
      } else {
        const { id } = await store.rollback(each.name);
        stacks.set(each.name, stack.slice(0, -1));
        expect(id).toBe(stack.at(-2));
      }
    } catch (thrown) {
      expect(refusals, String(thrown)).toContain((thrown as { code?: string }).code);
    }
    await expectPromises(store, stacks);
  }
}

async function expectPromises(store: ModelStore, stacks: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const listed = await store.list();
  expect(listed.length).toBeLessThanOrEqual(MOST_MODELS);
  expect(new Set(listed.map(({ name, version }) => `${name}@${version}`)).size).toBe(listed.length);
  for (const model of listed) {
    const found = await store.get(model.id);
    expect(found.stored).toEqual(model);
    expect(model.promoted).toBe(stacks.get(model.name)?.at(-1) === model.id);
  }
  const ids = new Set(listed.map(({ id }) => id));
  for (const [name, stack] of stacks) {
    const top = stack.at(-1);
    if (top === undefined) continue;
    expect((await store.get(name)).stored.id).toBe(top);
    expect((await store.history(name))[0]?.id).toBe(top);
    for (const id of stack) expect(ids, 'what can be rolled back to is there').toContain(id);
  }
}
