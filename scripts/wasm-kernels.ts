import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Compiles autoscaler/learn/network/own/kernels.as (AssemblyScript) and writes the result, as text, into wasm-binary.ts beside
 * it. The compiler's version is pinned, so the same source gives the same bytes; a test says when they are stale.
 */

/** What of the compiler's programming interface is used (assemblyscript.org, "Programmatic usage"). */
interface Compiler {
  main(
    args: readonly string[],
    host: {
      readFile(name: string): string | null;
      writeFile(name: string, contents: Uint8Array | string): void;
      listFiles(): readonly string[];
      stderr: { write(text: unknown): void };
    },
  ): Promise<{ readonly error: Error | null }>;
}

/**
 * Named by a variable, so that its type declarations stay out of the project: they declare globals, and an Array.at that never
 * misses.
 */
const COMPILER: string = 'assemblyscript/asc';

const FOLDER = join('autoscaler', 'learn', 'network', 'own');
const BINARY = join(FOLDER, 'wasm-binary.ts');
const LINE = 110;

/** The text of wasm-binary.ts. @throws Error with the compiler's messages. */
export async function wasmBinary(root: string): Promise<string> {
  const source = readFileSync(join(root, FOLDER, 'kernels.as'), 'utf8');
  let binary: Uint8Array | undefined;
  const options = ['-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub', '--importMemory'];
  const messages: string[] = [];
  const { default: asc } = (await import(COMPILER)) as { readonly default: Compiler };
  const { error } = await asc.main(['kernels.ts', '--outFile', 'kernels.wasm', ...options], {
    readFile: (name) => (name === 'kernels.ts' ? source : null),
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') binary = contents;
    },
    listFiles: () => [],
    stderr: {
      write: (text) => {
        messages.push(String(text));
      },
    },
  });
  if (error !== null || binary === undefined) throw new Error(`kernels.as does not compile:\n${messages.join('')}`);
  const text = Buffer.from(binary).toString('base64');
  const lines = Array.from({ length: Math.ceil(text.length / LINE) }, (_, i) => text.slice(i * LINE, (i + 1) * LINE));
  return [
    '/** kernels.as, compiled by `npm run wasm` (scripts/wasm-kernels.ts). WebAssembly in base64; do not edit. */',
    'export const wasmBinary =',
    ...lines.map((line, i) => `  '${line}'${i === lines.length - 1 ? ';' : ' +'}`),
    '',
  ].join('\n');
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  writeFileSync(join(root, BINARY), await wasmBinary(root));
}
