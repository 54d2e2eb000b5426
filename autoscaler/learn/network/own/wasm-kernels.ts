import { ADAM } from '../network.ts';
import { padded, type AdamBlock, type AdamStep, type DenseLayer, type Kernels } from './kernels.ts';
import { wasmBinary } from './wasm-binary.ts';

/** What kernels.as exports; places are in bytes. */
interface Exports {
  forward(x: number, y: number, kernel: number, bias: number, ...sizes: [...Sizes, floor: number]): void;
  backwardWeights(x: number, dy: number, kernelGradient: number, biasGradient: number, ...sizes: Sizes): void;
  backwardInputs(x: number, dy: number, dx: number, kernel: number, ...sizes: Sizes): void;
  sumOfSquares(at: number, count: number): number;
  adam(...blocksCountAndFactors: number[]): void;
  blend(target: number, source: number, count: number, share: number): void;
}

/** What is used of the engine's WebAssembly; its types come with the DOM's, which is not here. */
declare const WebAssembly: {
  compile(binary: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<{ readonly exports: unknown }>;
  readonly Memory: new (size: { initial: number }) => Memory;
};

/** Grows in pages of 64 KiB. */
interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

type Sizes = [rows: number, inputs: number, units: number];

const FLOAT_BYTES = 4;
const PAGE_BYTES = 65_536;

let compiled: Promise<object> | undefined;

/** @throws where this JavaScript engine has no WebAssembly or no SIMD in it. */
export async function openWasmKernels(): Promise<Kernels> {
  compiled ??= WebAssembly.compile(Buffer.from(wasmBinary, 'base64'));
  const memory = new WebAssembly.Memory({ initial: 1 });
  const instance = await WebAssembly.instantiate(await compiled, { env: { memory } });
  return new WasmKernels(memory, instance.exports as Exports);
}

/** The kernels in WebAssembly with 128-bit SIMD: kernels.as. */
class WasmKernels implements Kernels {
  readonly name = 'wasm';
  readonly #memory: Memory;
  readonly #run: Exports;
  #heap: Float32Array;
  #used = 0;

  constructor(memory: Memory, run: Exports) {
    this.#memory = memory;
    this.#run = run;
    this.#heap = new Float32Array(memory.buffer);
  }

  get heap(): Float32Array {
    return this.#heap;
  }

  reserve(count: number): number {
    const at = this.#used;
    this.#used += padded(count);
    const missing = this.#used * FLOAT_BYTES - this.#memory.buffer.byteLength;
    if (missing > 0) {
      this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
      // Growing detaches the old view.
      this.#heap = new Float32Array(this.#memory.buffer);
    }
    return at;
  }

  forward(layer: DenseLayer, { x, y }: { x: number; y: number }, rows: number): void {
    const { kernel, bias, inputs, units, rectified } = layer;
    const floor = rectified ? 0 : -Infinity;
    this.#run.forward(bytes(x), bytes(y), bytes(kernel), bytes(bias), rows, inputs, units, floor);
  }

  backwardWeights(layer: DenseLayer, pass: { x: number; dy: number; toGradient: number }, rows: number): void {
    const kernel = bytes(layer.kernel + pass.toGradient);
    const bias = bytes(layer.bias + pass.toGradient);
    this.#run.backwardWeights(bytes(pass.x), bytes(pass.dy), kernel, bias, rows, layer.inputs, layer.units);
  }

  backwardInputs(layer: DenseLayer, { x, dy, dx }: { x: number; dy: number; dx: number }, rows: number): void {
    const { kernel, inputs, units } = layer;
    this.#run.backwardInputs(bytes(x), bytes(dy), bytes(dx), bytes(kernel), rows, inputs, units);
  }

  sumOfSquares(at: number, count: number): number {
    return this.#run.sumOfSquares(bytes(at), count);
  }

  adam({ parameters, gradients, firstMoments, secondMoments, count }: AdamBlock, step: AdamStep): void {
    const { beta1, beta2, epsilon } = ADAM;
    const stepSize = step.learningRate / step.firstCorrection;
    const blocks = [parameters, gradients, firstMoments, secondMoments].map(bytes);
    const factors = [stepSize, step.gradientScale, step.secondCorrection, beta1, beta2, 1 - beta1, 1 - beta2, epsilon];
    this.#run.adam(...blocks, count, ...factors);
  }

  blend(target: number, source: number, count: number, share: number): void {
    if (share === 1) this.#heap.copyWithin(target, source, source + count);
    else this.#run.blend(bytes(target), bytes(source), count, share);
  }
}

/** Address of a place given in floats. */
function bytes(floats: number): number {
  return floats * FLOAT_BYTES;
}
