import type { BackendId, NetworkBackend } from '#autoscaler/learn/network/network-backend.ts';
import { openNetworkBackend } from '#autoscaler/learn/network/open-backend.ts';
import { JsKernels } from '#autoscaler/learn/network/own/js-kernels.ts';
import { OwnNetwork } from '#autoscaler/learn/network/own/own-network.ts';

/** A backend if it runs on this machine, and why not if it does not. */
export interface Candidate {
  readonly id: BackendId;
  readonly backend: NetworkBackend | null;
  readonly because: string;
}

const ownJs: NetworkBackend = { id: 'own-js', create: async (options) => new OwnNetwork(new JsKernels(), options) };

async function candidate(id: 'own-wasm' | 'tfjs' | 'tfjs-node'): Promise<Candidate> {
  const { backend, tried } = await openNetworkBackend(id === 'own-wasm' ? 'own' : id);
  if (backend.id === id) return { id, backend, because: '' };
  return { id, backend: null, because: tried.find(({ name }) => name === id)!.because };
}

/** Every backend that there is. tfjs-node is native and optional: where it is not installed, its tests are skipped by name. */
export const candidates: readonly Candidate[] = [
  { id: 'own-js', backend: ownJs, because: '' },
  await candidate('own-wasm'),
  await candidate('tfjs'),
  await candidate('tfjs-node'),
];
