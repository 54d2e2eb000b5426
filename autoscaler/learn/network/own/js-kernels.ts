import { ADAM } from '../network.ts';
import { padded, type AdamBlock, type AdamStep, type DenseLayer, type Kernels } from './kernels.ts';

const FIRST_FLOATS = 1024;

/**
 * Products in blocks of 2 rows × 4 columns, so that eight sums stay in registers and each number that is read is used at least
 * twice. docs/adr/0006-networks.md says how fast that is.
 */
export class JsKernels implements Kernels {
  readonly name = 'js';
  #heap = new Float32Array(FIRST_FLOATS);
  #used = 0;

  get heap(): Float32Array {
    return this.#heap;
  }

  reserve(count: number): number {
    const at = this.#used;
    this.#used += padded(count);
    if (this.#used > this.#heap.length) {
      const larger = new Float32Array(Math.max(this.#used, 2 * this.#heap.length));
      larger.set(this.#heap);
      this.#heap = larger;
    }
    return at;
  }

  forward(layer: DenseLayer, { x, y }: { x: number; y: number }, rows: number): void {
    const { inputs, units, kernel, bias } = layer;
    const least = layer.rectified ? 0 : -Infinity;
    const heap = this.#heap;
    for (let row = 0; row < rows; row += 2) {
      // An odd last row stands for both of its pair.
      const other = Math.min(row + 1, rows - 1);
      for (let unit = 0; unit < units; unit += 4) {
        let a0 = at(heap, bias + unit);
        let a1 = at(heap, bias + unit + 1);
        let a2 = at(heap, bias + unit + 2);
        let a3 = at(heap, bias + unit + 3);
        let b0 = a0;
        let b1 = a1;
        let b2 = a2;
        let b3 = a3;
        let xa = x + row * inputs;
        let xb = x + other * inputs;
        const end = xa + inputs;
        for (let w = kernel + unit; xa < end; w += units) {
          const a = at(heap, xa);
          const b = at(heap, xb);
          const w0 = at(heap, w);
          const w1 = at(heap, w + 1);
          const w2 = at(heap, w + 2);
          const w3 = at(heap, w + 3);
          a0 += a * w0;
          a1 += a * w1;
          a2 += a * w2;
          a3 += a * w3;
          b0 += b * w0;
          b1 += b * w1;
          b2 += b * w2;
          b3 += b * w3;
          xa += 1;
          xb += 1;
        }
        const ya = y + row * units + unit;
        const yb = y + other * units + unit;
        heap[ya] = Math.max(a0, least);
        heap[ya + 1] = Math.max(a1, least);
        heap[ya + 2] = Math.max(a2, least);
        heap[ya + 3] = Math.max(a3, least);
        heap[yb] = Math.max(b0, least);
        heap[yb + 1] = Math.max(b1, least);
        heap[yb + 2] = Math.max(b2, least);
        heap[yb + 3] = Math.max(b3, least);
      }
    }
  }

  backwardWeights(layer: DenseLayer, pass: { x: number; dy: number; toGradient: number }, rows: number): void {
    const { inputs, units } = layer;
    const { x, dy } = pass;
    const biasGradient = layer.bias + pass.toGradient;
    const kernelGradient = layer.kernel + pass.toGradient;
    const heap = this.#heap;
    for (let unit = 0; unit < units; unit += 1) {
      let sum = 0;
      for (let row = 0; row < rows; row += 1) sum += at(heap, dy + row * units + unit);
      heap[biasGradient + unit] = sum;
    }
    for (let input = 0; input < inputs; input += 2) {
      for (let unit = 0; unit < units; unit += 4) {
        let a0 = 0,
          a1 = 0,
          a2 = 0,
          a3 = 0,
          b0 = 0,
          b1 = 0,
          b2 = 0,
          b3 = 0;
        let d = dy + unit;
        const end = d + rows * units;
        for (let from = x + input; d < end; from += inputs) {
          const a = at(heap, from);
          const b = at(heap, from + 1);
          const d0 = at(heap, d);
          const d1 = at(heap, d + 1);
          const d2 = at(heap, d + 2);
          const d3 = at(heap, d + 3);
          a0 += a * d0;
          a1 += a * d1;
          a2 += a * d2;
          a3 += a * d3;
          b0 += b * d0;
          b1 += b * d1;
          b2 += b * d2;
          b3 += b * d3;
          d += units;
        }
        const ga = kernelGradient + input * units + unit;
        const gb = ga + units;
        heap[ga] = a0;
        heap[ga + 1] = a1;
        heap[ga + 2] = a2;
        heap[ga + 3] = a3;
        heap[gb] = b0;
        heap[gb + 1] = b1;
        heap[gb + 2] = b2;
        heap[gb + 3] = b3;
      }
    }
  }

  backwardInputs(layer: DenseLayer, pass: { x: number; dy: number; dx: number }, rows: number): void {
    const { inputs, units, kernel } = layer;
    const { x, dy, dx } = pass;
    const heap = this.#heap;
    for (let row = 0; row < rows; row += 2) {
      const other = Math.min(row + 1, rows - 1);
      for (let input = 0; input < inputs; input += 4) {
        let a0 = 0,
          a1 = 0,
          a2 = 0,
          a3 = 0,
          b0 = 0,
          b1 = 0,
          b2 = 0,
          b3 = 0;
        let da = dy + row * units;
        let db = dy + other * units;
        const end = da + units;
        for (let w = kernel + input * units; da < end; w += 1) {
          const a = at(heap, da);
          const b = at(heap, db);
          const w0 = at(heap, w);
          const w1 = at(heap, w + units);
          const w2 = at(heap, w + 2 * units);
          const w3 = at(heap, w + 3 * units);
          a0 += a * w0;
          a1 += a * w1;
          a2 += a * w2;
          a3 += a * w3;
          b0 += b * w0;
          b1 += b * w1;
          b2 += b * w2;
          b3 += b * w3;
          da += 1;
          db += 1;
        }
        const toA = row * inputs + input;
        const toB = other * inputs + input;
        heap[dx + toA] = at(heap, x + toA) > 0 ? a0 : 0;
        heap[dx + toA + 1] = at(heap, x + toA + 1) > 0 ? a1 : 0;
        heap[dx + toA + 2] = at(heap, x + toA + 2) > 0 ? a2 : 0;
        heap[dx + toA + 3] = at(heap, x + toA + 3) > 0 ? a3 : 0;
        heap[dx + toB] = at(heap, x + toB) > 0 ? b0 : 0;
        heap[dx + toB + 1] = at(heap, x + toB + 1) > 0 ? b1 : 0;
        heap[dx + toB + 2] = at(heap, x + toB + 2) > 0 ? b2 : 0;
        heap[dx + toB + 3] = at(heap, x + toB + 3) > 0 ? b3 : 0;
      }
    }
  }

  sumOfSquares(from: number, count: number): number {
    const heap = this.#heap;
    let sum = 0;
    for (let i = from; i < from + count; i += 1) sum += at(heap, i) * at(heap, i);
    return sum;
  }

  adam(block: AdamBlock, step: AdamStep): void {
    const { parameters, gradients, firstMoments, secondMoments, count } = block;
    const { beta1, beta2, epsilon } = ADAM;
    const { gradientScale, secondCorrection } = step;
    const stepSize = step.learningRate / step.firstCorrection;
    const heap = this.#heap;
    for (let i = 0; i < count; i += 1) {
      const gradient = at(heap, gradients + i) * gradientScale;
      const first = beta1 * at(heap, firstMoments + i) + (1 - beta1) * gradient;
      const second = beta2 * at(heap, secondMoments + i) + (1 - beta2) * gradient * gradient;
      heap[firstMoments + i] = first;
      heap[secondMoments + i] = second;
      heap[parameters + i] =
        at(heap, parameters + i) - (stepSize * first) / (Math.sqrt(second / secondCorrection) + epsilon);
    }
  }

  blend(target: number, source: number, count: number, share: number): void {
    const heap = this.#heap;
    if (share === 1) {
      heap.copyWithin(target, source, source + count);
      return;
    }
    for (let i = 0; i < count; i += 1) {
      const old = at(heap, target + i);
      heap[target + i] = old + share * (at(heap, source + i) - old);
    }
  }
}

/** A float of the memory; offsets are always within it, which the type system cannot see. */
function at(heap: Float32Array, offset: number): number {
  return heap[offset] as number;
}
