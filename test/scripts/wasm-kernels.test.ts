import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { wasmBinary } from '../../scripts/wasm-kernels.ts';

const root = join(import.meta.dirname, '..', '..');

test('wasm-binary.ts is what kernels.as compiles to (npm run wasm)', async () => {
  const committed = readFileSync(join(root, 'autoscaler/learn/network/own/wasm-binary.ts'), 'utf8');
  expect(await wasmBinary(root)).toBe(committed);
}, 60_000);
