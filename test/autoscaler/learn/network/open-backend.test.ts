import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openNetworkBackend } from '#autoscaler/learn/network/open-backend.ts';
import type { BackendId, NetworkBackend } from '#autoscaler/learn/network/network-backend.ts';

/** Loaders of which some fail, as on a machine where those are not installed. */
function loaders(missing: readonly BackendId[]): Record<BackendId, () => Promise<NetworkBackend>> {
  const load = (id: BackendId) => async (): Promise<NetworkBackend> => {
    if (missing.includes(id)) throw new Error(`${id} is not installed`);
    return { id, create: () => Promise.reject(new Error('only named here')) };
  };
  return { 'own-wasm': load('own-wasm'), 'own-js': load('own-js'), tfjs: load('tfjs'), 'tfjs-node': load('tfjs-node') };
}

const tried = (...names: BackendId[]) => names.map((name) => ({ name, because: `${name} is not installed` }));

describe('a backend is opened', () => {
  test.each([
    { choice: 'own', missing: [], runs: 'own-wasm', because: [] },
    { choice: 'own', missing: ['own-wasm'], runs: 'own-js', because: tried('own-wasm') },
    { choice: 'tfjs', missing: [], runs: 'tfjs', because: [] },
    { choice: 'tfjs', missing: ['tfjs'], runs: 'own-wasm', because: tried('tfjs') },
    { choice: 'tfjs-node', missing: [], runs: 'tfjs-node', because: [] },
    {
      choice: 'tfjs-node',
      missing: ['tfjs-node', 'own-wasm'],
      runs: 'own-js',
      because: tried('tfjs-node', 'own-wasm'),
    },
    { choice: 'auto', missing: [], runs: 'tfjs-node', because: [] },
    { choice: 'auto', missing: ['tfjs-node'], runs: 'own-wasm', because: tried('tfjs-node') },
  ] as const)('$choice without $missing: $runs', async ({ choice, missing, runs, because }) => {
    const opened = await openNetworkBackend(choice, loaders(missing));
    expect(opened.backend.id).toBe(runs);
    expect(opened.tried).toEqual(because);
  });

  test('says all reasons where none loads', async () => {
    await expect(openNetworkBackend('own', loaders(['own-wasm', 'own-js']))).rejects.toThrow(
      'own-wasm: own-wasm is not installed; own-js: own-js is not installed',
    );
  });

  test('on this machine: our own in WebAssembly, and TensorFlow.js', async () => {
    expect(await openNetworkBackend('own')).toMatchObject({ backend: { id: 'own-wasm' }, tried: [] });
    expect(await openNetworkBackend('tfjs')).toMatchObject({ backend: { id: 'tfjs' }, tried: [] });
  });

  test('native TensorFlow, or why not and how to get it', async () => {
    const { backend, tried: reasons } = await openNetworkBackend('tfjs-node');
    if (backend.id === 'tfjs-node') expect(reasons).toEqual([]);
    else expect(reasons[0]!.because).toMatch(/^@tensorflow\/tfjs-node cannot be loaded .*npm install @tensorflow/);
  });

  test('native TensorFlow where there is one: it is asked first, gets back what Node removed, and trains', () => {
    const script = join(import.meta.dirname, 'fixtures', 'train-on-tfjs-node.ts');
    const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    expect(stdout, stderr).not.toBe('');
    const shown = JSON.parse(stdout) as { backend: string; tried: unknown[]; first: number; last: number };
    expect(shown).toMatchObject({ backend: 'tfjs-node', tried: [] });
    expect(shown.last).toBeLessThan(shown.first / 10);
  });
});
