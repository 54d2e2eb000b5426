import type { Network, NetworkOptions } from './network.ts';

/** What computes: our own kernels in WebAssembly or JavaScript, or TensorFlow in JavaScript or native. */
export const backendIds = ['own-wasm', 'own-js', 'tfjs', 'tfjs-node'] as const;

export type BackendId = (typeof backendIds)[number];

/** Makes networks. */
export interface NetworkBackend {
  readonly id: BackendId;
  create(options: NetworkOptions): Promise<Network>;
}
