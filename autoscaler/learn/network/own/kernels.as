// The kernels of kernels.ts for WebAssembly with 128-bit SIMD, in AssemblyScript. `npm run wasm` compiles it into wasm-binary.ts.
// Places are byte addresses; inputs, units and counts are multiples of 4 floats (padding is 0). A block of 4 rows × 8 columns
// keeps its sums in eight registers. Where rows run out, the last one stands for the missing ones and is written again.

const FLOAT: usize = 4;
const VECTOR: usize = 16;

// @ts-ignore: decorator
@inline
function madd(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

// @ts-ignore: decorator
@inline
function least(a: usize, b: usize): usize {
  return a < b ? a : b;
}

/** One column of 4 units for 4 rows. */
// @ts-ignore: decorator
@inline
function forward4(x0: usize, x1: usize, x2: usize, x3: usize, y0: usize, y1: usize, y2: usize, y3: usize, w: usize, bias: usize, inputs: usize, stride: usize, floor: v128): void {
  let s0 = v128.load(bias);
  let s1 = s0, s2 = s0, s3 = s0;
  const end = x0 + inputs * FLOAT;
  while (x0 < end) {
    const k = v128.load(w);
    s0 = madd(s0, v128.load32_splat(x0), k);
    s1 = madd(s1, v128.load32_splat(x1), k);
    s2 = madd(s2, v128.load32_splat(x2), k);
    s3 = madd(s3, v128.load32_splat(x3), k);
    x0 += FLOAT; x1 += FLOAT; x2 += FLOAT; x3 += FLOAT;
    w += stride;
  }
  v128.store(y0, f32x4.max(s0, floor));
  v128.store(y1, f32x4.max(s1, floor));
  v128.store(y2, f32x4.max(s2, floor));
  v128.store(y3, f32x4.max(s3, floor));
}

/** Two columns of 4 units for 4 rows. */
// @ts-ignore: decorator
@inline
function forward8(x0: usize, x1: usize, x2: usize, x3: usize, y0: usize, y1: usize, y2: usize, y3: usize, w: usize, bias: usize, inputs: usize, stride: usize, floor: v128): void {
  let s0 = v128.load(bias);
  let t0 = v128.load(bias, VECTOR);
  let s1 = s0, s2 = s0, s3 = s0;
  let t1 = t0, t2 = t0, t3 = t0;
  const end = x0 + inputs * FLOAT;
  while (x0 < end) {
    const k = v128.load(w);
    const l = v128.load(w, VECTOR);
    let a = v128.load32_splat(x0);
    s0 = madd(s0, a, k);
    t0 = madd(t0, a, l);
    a = v128.load32_splat(x1);
    s1 = madd(s1, a, k);
    t1 = madd(t1, a, l);
    a = v128.load32_splat(x2);
    s2 = madd(s2, a, k);
    t2 = madd(t2, a, l);
    a = v128.load32_splat(x3);
    s3 = madd(s3, a, k);
    t3 = madd(t3, a, l);
    x0 += FLOAT; x1 += FLOAT; x2 += FLOAT; x3 += FLOAT;
    w += stride;
  }
  v128.store(y0, f32x4.max(s0, floor));
  v128.store(y0, f32x4.max(t0, floor), VECTOR);
  v128.store(y1, f32x4.max(s1, floor));
  v128.store(y1, f32x4.max(t1, floor), VECTOR);
  v128.store(y2, f32x4.max(s2, floor));
  v128.store(y2, f32x4.max(t2, floor), VECTOR);
  v128.store(y3, f32x4.max(s3, floor));
  v128.store(y3, f32x4.max(t3, floor), VECTOR);
}

/** y = max(x · kernel + bias, floor): x is rows × inputs, y rows × units. */
export function forward(x: usize, y: usize, kernel: usize, bias: usize, rows: usize, inputs: usize, units: usize, floor: f32): void {
  const stride = units * FLOAT;
  const width = inputs * FLOAT;
  const floors = f32x4.splat(floor);
  const last = rows - 1;
  for (let row: usize = 0; row < rows; row += 4) {
    const r1 = least(row + 1, last), r2 = least(row + 2, last), r3 = least(row + 3, last);
    const x0 = x + row * width, x1 = x + r1 * width, x2 = x + r2 * width, x3 = x + r3 * width;
    const y0 = y + row * stride, y1 = y + r1 * stride, y2 = y + r2 * stride, y3 = y + r3 * stride;
    let unit: usize = 0;
    for (; unit + 8 <= units; unit += 8) {
      const at = unit * FLOAT;
      forward8(x0, x1, x2, x3, y0 + at, y1 + at, y2 + at, y3 + at, kernel + at, bias + at, inputs, stride, floors);
    }
    if (unit < units) {
      const at = unit * FLOAT;
      forward4(x0, x1, x2, x3, y0 + at, y1 + at, y2 + at, y3 + at, kernel + at, bias + at, inputs, stride, floors);
    }
  }
}

/** kernelGradient = xᵀ · dy, biasGradient = the sum of dy's rows. */
export function backwardWeights(x: usize, dy: usize, kernelGradient: usize, biasGradient: usize, rows: usize, inputs: usize, units: usize): void {
  const stride = units * FLOAT;
  const width = inputs * FLOAT;
  const end = dy + rows * stride;
  for (let column: usize = 0; column < stride; column += VECTOR) {
    let sum = f32x4.splat(0);
    for (let d = dy + column; d < end; d += stride) sum = f32x4.add(sum, v128.load(d));
    v128.store(biasGradient + column, sum);
  }
  for (let input: usize = 0; input < width; input += VECTOR) {
    let g = kernelGradient + (input >> 2) * stride;
    let column: usize = 0;
    for (; column + 2 * VECTOR <= stride; column += 2 * VECTOR) {
      let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
      let t0 = s0, t1 = s0, t2 = s0, t3 = s0;
      let from = x + input;
      for (let d = dy + column; d < end; d += stride) {
        const k = v128.load(d);
        const l = v128.load(d, VECTOR);
        let a = v128.load32_splat(from);
        s0 = madd(s0, a, k);
        t0 = madd(t0, a, l);
        a = v128.load32_splat(from, FLOAT);
        s1 = madd(s1, a, k);
        t1 = madd(t1, a, l);
        a = v128.load32_splat(from, 2 * FLOAT);
        s2 = madd(s2, a, k);
        t2 = madd(t2, a, l);
        a = v128.load32_splat(from, 3 * FLOAT);
        s3 = madd(s3, a, k);
        t3 = madd(t3, a, l);
        from += width;
      }
      let to = g + column;
      v128.store(to, s0);
      v128.store(to, t0, VECTOR);
      to += stride;
      v128.store(to, s1);
      v128.store(to, t1, VECTOR);
      to += stride;
      v128.store(to, s2);
      v128.store(to, t2, VECTOR);
      to += stride;
      v128.store(to, s3);
      v128.store(to, t3, VECTOR);
    }
    if (column < stride) {
      let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
      let from = x + input;
      for (let d = dy + column; d < end; d += stride) {
        const k = v128.load(d);
        s0 = madd(s0, v128.load32_splat(from), k);
        s1 = madd(s1, v128.load32_splat(from, FLOAT), k);
        s2 = madd(s2, v128.load32_splat(from, 2 * FLOAT), k);
        s3 = madd(s3, v128.load32_splat(from, 3 * FLOAT), k);
        from += width;
      }
      let to = g + column;
      v128.store(to, s0);
      to += stride;
      v128.store(to, s1);
      to += stride;
      v128.store(to, s2);
      to += stride;
      v128.store(to, s3);
    }
  }
}

/** The four sums over the lanes of a, b, c and d. */
// @ts-ignore: decorator
@inline
function sumLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** dx = dy · kernelᵀ where x is over 0, else 0. */
export function backwardInputs(x: usize, dy: usize, dx: usize, kernel: usize, rows: usize, inputs: usize, units: usize): void {
  const stride = units * FLOAT;
  const width = inputs * FLOAT;
  const zero = f32x4.splat(0);
  for (let row: usize = 0; row < rows; row += 2) {
    const other = least(row + 1, rows - 1);
    for (let input: usize = 0; input < width; input += VECTOR) {
      const k0 = kernel + (input >> 2) * stride;
      const k1 = k0 + stride, k2 = k1 + stride, k3 = k2 + stride;
      const d0 = dy + row * stride, d1 = dy + other * stride;
      let s0 = zero, s1 = zero, s2 = zero, s3 = zero;
      let t0 = zero, t1 = zero, t2 = zero, t3 = zero;
      for (let unit: usize = 0; unit < stride; unit += VECTOR) {
        const a = v128.load(d0 + unit);
        const b = v128.load(d1 + unit);
        let k = v128.load(k0 + unit);
        s0 = madd(s0, a, k);
        t0 = madd(t0, b, k);
        k = v128.load(k1 + unit);
        s1 = madd(s1, a, k);
        t1 = madd(t1, b, k);
        k = v128.load(k2 + unit);
        s2 = madd(s2, a, k);
        t2 = madd(t2, b, k);
        k = v128.load(k3 + unit);
        s3 = madd(s3, a, k);
        t3 = madd(t3, b, k);
      }
      const r0 = row * width + input, r1 = other * width + input;
      v128.store(dx + r0, v128.and(sumLanes(s0, s1, s2, s3), f32x4.gt(v128.load(x + r0), zero)));
      v128.store(dx + r1, v128.and(sumLanes(t0, t1, t2, t3), f32x4.gt(v128.load(x + r1), zero)));
    }
  }
}

/** Summed in 64 bits. */
export function sumOfSquares(at: usize, count: usize): f64 {
  let low = f64x2.splat(0), high = f64x2.splat(0);
  for (const end = at + count * FLOAT; at < end; at += VECTOR) {
    const v = v128.load(at);
    const a = f64x2.promote_low_f32x4(v);
    const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Adam: `stepSize` is the learning rate / firstCorrection. */
export function adam(parameters: usize, gradients: usize, first: usize, second: usize, count: usize, stepSize: f32, scale: f32, secondCorrection: f32, beta1: f32, beta2: f32, rest1: f32, rest2: f32, epsilon: f32): void {
  const steps = f32x4.splat(stepSize), scales = f32x4.splat(scale), corrections = f32x4.splat(secondCorrection);
  const b1 = f32x4.splat(beta1), b2 = f32x4.splat(beta2), epsilons = f32x4.splat(epsilon);
  const r1 = f32x4.splat(rest1), r2 = f32x4.splat(rest2);
  for (let i: usize = 0, bytes = count * FLOAT; i < bytes; i += VECTOR) {
    const g = f32x4.mul(v128.load(gradients + i), scales);
    const m = madd(f32x4.mul(v128.load(first + i), b1), g, r1);
    const v = madd(f32x4.mul(v128.load(second + i), b2), f32x4.mul(g, g), r2);
    v128.store(first + i, m);
    v128.store(second + i, v);
    const root = f32x4.add(f32x4.sqrt(f32x4.div(v, corrections)), epsilons);
    v128.store(parameters + i, f32x4.sub(v128.load(parameters + i), f32x4.div(f32x4.mul(steps, m), root)));
  }
}

/** target += share · (source − target). */
export function blend(target: usize, source: usize, count: usize, share: f32): void {
  const shares = f32x4.splat(share);
  for (let i: usize = 0, bytes = count * FLOAT; i < bytes; i += VECTOR) {
    const old = v128.load(target + i);
    v128.store(target + i, madd(old, shares, f32x4.sub(v128.load(source + i), old)));
  }
}
