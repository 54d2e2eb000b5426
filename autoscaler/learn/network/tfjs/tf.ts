/**
 * What the adapter uses of TensorFlow.js. Declared here, so that nothing of it has to be installed: @tensorflow/tfjs-core and
 * @tensorflow/tfjs-node both fit.
 */
export interface Tensor {
  dataSync(): ArrayLike<number>;
  dispose(): void;
}

export interface Variable extends Tensor {
  readonly name: string;
  assign(value: Tensor): void;
}

export interface Tf {
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  tensor1d(values: Int32Array, dtype: 'int32'): Tensor;
  variable(initial: Tensor, trainable?: boolean, name?: string): Variable;
  tidy<Result>(compute: () => Result): Result;
  variableGrads(
    loss: () => Tensor,
    variables: Variable[],
  ): { readonly value: Tensor; readonly grads: Readonly<Record<string, Tensor>> };
  matMul(a: Tensor, b: Tensor): Tensor;
  relu(x: Tensor): Tensor;
  add(a: Tensor, b: Tensor | number): Tensor;
  sub(a: Tensor, b: Tensor | number): Tensor;
  mul(a: Tensor, b: Tensor | number): Tensor;
  div(a: Tensor, b: Tensor | number): Tensor;
  sqrt(x: Tensor): Tensor;
  square(x: Tensor): Tensor;
  abs(x: Tensor): Tensor;
  minimum(a: Tensor, b: Tensor | number): Tensor;
  sum(x: Tensor, axis?: number): Tensor;
  oneHot(indices: Tensor, depth: number): Tensor;
}
