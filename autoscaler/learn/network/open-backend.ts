import { FarmhandError, coerceError } from '#shared/errors.ts';
import type { BackendId, NetworkBackend } from './network-backend.ts';
import { JsKernels } from './own/js-kernels.ts';
import { OwnNetwork } from './own/own-network.ts';
import { openWasmKernels } from './own/wasm-kernels.ts';
import { openTfjs } from './tfjs/open-tfjs.ts';

/** What a user asks for. */
export type BackendChoice = 'own' | 'tfjs' | 'tfjs-node' | 'auto';

/** Which backend runs, for a run's record, and why those before it in line could not. */
export interface OpenedBackend {
  readonly backend: NetworkBackend;
  readonly tried: readonly { readonly name: BackendId; readonly because: string }[];
}

export type BackendLoaders = Readonly<Record<BackendId, () => Promise<NetworkBackend>>>;

/** In which order a choice is tried. What is asked for comes first; our own needs nothing installed and always comes last. */
const order: Readonly<Record<BackendChoice, readonly BackendId[]>> = {
  own: ['own-wasm', 'own-js'],
  tfjs: ['tfjs', 'own-wasm', 'own-js'],
  'tfjs-node': ['tfjs-node', 'own-wasm', 'own-js'],
  auto: ['tfjs-node', 'own-wasm', 'own-js'],
};

const installed: BackendLoaders = {
  'own-wasm': async () => {
    await openWasmKernels();
    return { id: 'own-wasm', create: async (options) => new OwnNetwork(await openWasmKernels(), options) };
  },
  'own-js': async () => ({ id: 'own-js', create: async (options) => new OwnNetwork(new JsKernels(), options) }),
  tfjs: () => openTfjs('tfjs'),
  'tfjs-node': () => openTfjs('tfjs-node'),
};

/**
 * Opens the first backend of the choice that loads here. A library that is not installed is no error: the next one computes the
 * same, and `tried` says why. Libraries are loaded when they are asked for, so an image needs none of them.
 */
export async function openNetworkBackend(
  choice: BackendChoice,
  loaders: BackendLoaders = installed,
): Promise<OpenedBackend> {
  const tried: { name: BackendId; because: string }[] = [];
  for (const name of order[choice]) {
    try {
      return { backend: await loaders[name](), tried };
    } catch (error) {
      tried.push({ name, because: coerceError(error).message });
    }
  }
  const reasons = tried.map(({ name, because }) => `${name}: ${because}`).join('; ');
  throw new FarmhandError('INTERNAL', `no network backend loads, not even our own: ${reasons}`);
}
