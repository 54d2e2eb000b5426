import { FarmhandError } from '#shared/errors.ts';
import { findFarm, type FarmHandle } from '../../local/farm-record.ts';
import { stateFolder } from '../../local/state-folder.ts';
import type { Cli } from '../cli.ts';
import { FarmHttp } from './http.ts';

/** Speaks to the farm that is up on this machine. @throws FARM_DOWN when none is. */
export function connectFarm(cli: Pick<Cli, 'root' | 'environment'>): FarmHttp {
  const state = stateFolder(cli);
  const farm = findFarm(state);
  if (farm === null) {
    throw new FarmhandError('FARM_DOWN', `no farm is up on ${state.path}; start one with 'farmhand up'`);
  }
  return speakTo(farm);
}

export function speakTo({ url, secrets }: FarmHandle): FarmHttp {
  return new FarmHttp({
    url,
    token: secrets.farmToken,
    user: secrets.gatewayUser,
    password: secrets.gatewayPassword,
  });
}

/** Does `work` with the farm that is up, and lets the connection go. */
export async function withFarm<T>(
  cli: Pick<Cli, 'root' | 'environment'>,
  work: (http: FarmHttp) => Promise<T>,
): Promise<T> {
  const http = connectFarm(cli);
  try {
    return await work(http);
  } finally {
    await http.close();
  }
}

/** Where people look at the farm. */
export function pageOf(url: string): string {
  return `${url}/function/autoscaler/`;
}
