import type { Clock } from '#shared/clock.ts';
import type { StateFolder } from '../state-folder.ts';
import { Containers } from './containers.ts';
import { Engine } from './engine.ts';
import { forgetEngine, rememberedEngine } from './engine-record.ts';
import { stopContainer } from './stop-container.ts';

/** What a farm's containers and networks are found by. */
export function farmLabel(state: StateFolder): string {
  return state.path;
}

/** Ends every container of a farm, within the grace, and removes them and their network. */
export async function clearContainers(
  containers: Containers,
  farm: string,
  options: { clock: Clock; graceMs: number },
): Promise<void> {
  const over = new AbortController().signal;
  await Promise.all(
    (await containers.ofFarm(farm)).map(async (id) => {
      if (options.graceMs > 0) await stopContainer(containers, id, { ...options, over });
      await containers.remove(id);
    }),
  );
  await containers.removeNetworks(farm);
}

/**
 * The same for a farm that may have been killed: at the engine that it noted, if it noted one. An engine that does not answer
 * runs nothing; the note stays then, for the next time.
 */
export async function clearLeftContainers(
  state: StateFolder,
  options: { clock: Clock; graceMs: number },
): Promise<void> {
  const noted = rememberedEngine(state);
  if (noted === null) return;
  let engine: Engine;
  try {
    engine = await Engine.open(noted.dockerHost);
  } catch {
    return;
  }
  try {
    await clearContainers(new Containers(engine), farmLabel(state), options);
    forgetEngine(state);
  } finally {
    await engine.close();
  }
}
