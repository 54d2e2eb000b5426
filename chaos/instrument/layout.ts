import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where harness and processes under test meet: folders below one that both know. */
export interface InstrumentLayout {
  readonly ledgers: string;
  readonly orders: string;
  readonly effects: string;
  readonly skews: string;
  readonly loaded: string;
}

export function instrumentLayout(folder: string): InstrumentLayout {
  const at = (name: string): string => join(folder, name);
  return {
    ledgers: at('ledgers'),
    orders: at('orders'),
    effects: at('effects'),
    skews: at('skews'),
    loaded: at('loaded'),
  };
}

export function makeInstrumentLayout(folder: string): InstrumentLayout {
  const layout = instrumentLayout(folder);
  for (const made of Object.values(layout) as string[]) mkdirSync(made, { recursive: true });
  return layout;
}

/** Said by a process that has the instrument, before it does anything else. */
export function noteLoaded({ loaded }: InstrumentLayout, pid: number): void {
  writeFileSync(join(loaded, String(pid)), '');
}

export function isLoaded({ loaded }: InstrumentLayout, pid: number): boolean {
  return existsSync(join(loaded, String(pid)));
}

/** NODE_OPTIONS that load the instrument into a process; its folder travels in the URL's query, so no variable of ours is needed. */
export function instrumentOptions(folder: string): string {
  const url = pathToFileURL(join(import.meta.dirname, `preload${extname(import.meta.filename)}`));
  url.searchParams.set('folder', folder);
  return `--import=${url.href}`;
}
