/**
 * The arithmetic of a network, on one block of memory: places in it are offsets in floats. Two implementations: WebAssembly
 * with SIMD, and plain JavaScript that runs everywhere. Each gives the same bits for the same input on every machine; between
 * the two the last bits differ, because they round sums in different places.
 */
export interface Kernels {
  readonly name: 'wasm' | 'js';
  /** The memory. Valid until the next `reserve`. */
  readonly heap: Float32Array;
  /** Takes `count` floats of it, set to 0; the offset is a multiple of WIDTH. */
  reserve(count: number): number;
  /** y = x · kernel + bias, and max(y, 0) where the layer is rectified. x: rows × inputs, y: rows × units. */
  forward(layer: DenseLayer, pass: { readonly x: number; readonly y: number }, rows: number): void;
  /**
   * Gradients of kernel and bias, from x and dy (the gradient of what `forward` computed before rectifying). A parameter's
   * gradient lies `toGradient` floats after it.
   */
  backwardWeights(
    layer: DenseLayer,
    pass: { readonly x: number; readonly dy: number; readonly toGradient: number },
    rows: number,
  ): void;
  /** dx = dy · kernelᵀ where x is over 0, else 0: x came out of a rectified layer. */
  backwardInputs(
    layer: DenseLayer,
    pass: { readonly x: number; readonly dy: number; readonly dx: number },
    rows: number,
  ): void;
  sumOfSquares(at: number, count: number): number;
  /** One step of Adam on `count` parameters; gradients are multiplied by `gradientScale` before. */
  adam(block: AdamBlock, step: AdamStep): void;
  /** target += share · (source − target), float by float. */
  blend(target: number, source: number, count: number, share: number): void;
}

/** Every row of a matrix is padded with zeros to a multiple of this, so that no kernel has to look after a remainder. */
export const WIDTH = 4;

/** The next multiple of WIDTH. */
export function padded(count: number): number {
  return Math.ceil(count / WIDTH) * WIDTH;
}

/** A dense layer in memory. `inputs` and `units` are padded; padding is 0 and stays 0, since its gradient is 0. */
export interface DenseLayer {
  readonly inputs: number;
  readonly units: number;
  readonly rectified: boolean;
  /** inputs × units, then bias: units. */
  readonly kernel: number;
  readonly bias: number;
}

export interface AdamBlock {
  readonly parameters: number;
  readonly gradients: number;
  readonly firstMoments: number;
  readonly secondMoments: number;
  readonly count: number;
}

export interface AdamStep {
  readonly learningRate: number;
  readonly gradientScale: number;
  /** 1 − beta^t of either moment. */
  readonly firstCorrection: number;
  readonly secondCorrection: number;
}
