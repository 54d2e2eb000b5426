/**
 * What a process under test loads before anything else (NODE_OPTIONS, layout.ts), so that what runs is the product's own code
 * as it is shipped. In every function it makes the wall clock settable. In a worker it also keeps a ledger of claims and
 * finishes, crashes at a labelled point when that was ordered, gives each calibrated task a side effect, and lets one that is
 * poisonous kill its worker.
 */
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { obeySkew } from './clock-skew.ts';
import { instrumentLayout, noteLoaded } from './layout.ts';
import { instrumentWorker } from './instrument-worker.ts';

if (isMainThread) {
  const folder = new URL(import.meta.url).searchParams.get('folder');
  if (folder === null) throw new Error(`${fileURLToPath(import.meta.url)}: expected ?folder=`);
  const layout = instrumentLayout(folder);
  const trueTime = obeySkew(layout.skews);
  if (basename(process.cwd()) === 'worker')
    await instrumentWorker(layout, { functionFolder: `${process.cwd()}/function`, trueTime });
  noteLoaded(layout, process.pid);
}
