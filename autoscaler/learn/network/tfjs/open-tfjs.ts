import util from 'node:util';
import { coerceError } from '#shared/errors.ts';
import type { NetworkBackend } from '../network-backend.ts';
import type { Tf } from './tf.ts';
import { TfjsNetwork } from './tfjs-network.ts';

/**
 * Loads TensorFlow.js, if somebody installed it, in JavaScript (`tfjs`: @tensorflow/tfjs, or of it -core, -layers and
 * -backend-cpu) or native (`tfjs-node`).
 * @throws Error that says what to install.
 */
export async function openTfjs(id: 'tfjs' | 'tfjs-node'): Promise<NetworkBackend> {
  const tf = id === 'tfjs' ? await loadTfjs() : await loadTfjsNode();
  return { id, create: async (options) => new TfjsNetwork(tf, options) };
}

interface TfModule extends Tf {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  enableProdMode(): void;
}

async function loadTfjs(): Promise<Tf> {
  const install = 'npm install @tensorflow/tfjs';
  const tf = await load('@tensorflow/tfjs-core', install);
  // -layers is loaded for its side effect: it registers the gradients, and -core alone has none.
  await load('@tensorflow/tfjs-layers', install);
  await load('@tensorflow/tfjs-backend-cpu', install);
  // Production mode: without the checks of every value, and without an advertisement on the console.
  tf.enableProdMode();
  if (!(await tf.setBackend('cpu'))) throw new Error('@tensorflow/tfjs-backend-cpu does not start');
  await tf.ready();
  return tf;
}

async function loadTfjsNode(): Promise<Tf> {
  restoreUtil();
  const tf = await load('@tensorflow/tfjs-node', 'npm install @tensorflow/tfjs-node');
  tf.enableProdMode();
  await tf.ready();
  return tf;
}

/**
 * Puts back what @tensorflow/tfjs-node 4.22.0 still calls and newer Nodes lack: isNullOrUndefined went with Node 23, isArray is
 * deprecated (github.com/tensorflow/tfjs/pull/8425, merged and not released).
 */
function restoreUtil(): void {
  const removed = {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  };
  for (const [name, restored] of Object.entries(removed)) {
    if (!(name in util)) Object.assign(util, { [name]: restored });
  }
}

/**
 * The name is a variable, so that tools which follow imports do not take an optional package for a needed one. The packages are
 * CommonJS: all of one is its default export, of which Node may not find every name.
 */
async function load(name: string, install: string): Promise<TfModule> {
  try {
    const loaded = (await import(name)) as TfModule & { readonly default?: TfModule };
    return loaded.default ?? loaded;
  } catch (error) {
    const [reason] = coerceError(error).message.split('\n');
    throw new Error(`${name} cannot be loaded (${reason ?? 'no reason given'}); it is optional: ${install}`, {
      cause: error,
    });
  }
}
