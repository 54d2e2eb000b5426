import { coerceError } from '#shared/errors.ts';
import type { FarmClient } from '../live/farm-client.ts';

/** The banners of the page of the autoscaler that leads, or of any where none does, made by the page's own code of what the farm answers. */
export interface Page {
  /** What each is about → its text; empty: all is well. */
  read(): Promise<ReadonlyMap<string, string>>;
}

interface Happenings {
  readonly happenings: (now: object) => ReadonlyMap<string, { readonly text: string }>;
}

const HAPPENINGS = new URL('../../autoscaler/dashboard/data/happenings.js', import.meta.url);

/** Needs no browser: this part of the page is pure. */
export async function openPage(farm: Pick<FarmClient, 'call'>): Promise<Page> {
  const { happenings } = (await import(HAPPENINGS.href)) as Happenings;
  return {
    read: async () => new Map([...happenings(await look(farm))].map(([about, { text }]) => [about, text])),
  };
}

/** Requests go to the replica with the least to do: of so many at once some reach each one. */
const AT_ONCE = 4;
const LOOKS = 3;

async function look(farm: Pick<FarmClient, 'call'>): Promise<object> {
  const ask = (path: string): Promise<unknown> => farm.call('GET', `/function/autoscaler/${path}`);
  try {
    const policy = await ask('policy');
    let status: unknown = null;
    for (let i = 0; i < LOOKS; i += 1) {
      const all = await Promise.all(Array.from({ length: AT_ONCE }, () => ask('status')));
      const leader = all.find((one) => (one as { leads: boolean }).leads);
      status = leader ?? all[0];
      if (leader !== undefined) break;
    }
    return { status, policy, connection: { state: 'live' } };
  } catch (thrown) {
    return { status: null, policy: null, connection: { state: 'lost', because: coerceError(thrown).message } };
  }
}
