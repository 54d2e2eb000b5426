import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Engine } from './engine.ts';

/** Containers and networks carry it, with the farm's state folder as value: so they are found after a crash. */
export const FARM_LABEL = 'farmhand.farm';

/** The engine's answers may say more than this. */
const created = z.object({ Id: z.string(), Warnings: z.array(z.string()).nullish() });
const listed = z.array(z.object({ Id: z.string() }));
const processes = z.object({ Processes: z.array(z.array(z.string())).nullish() });
const ended = z.object({ StatusCode: z.int() });
const containerState = z.object({
  State: z.object({ Pid: z.int(), OOMKilled: z.boolean().default(false) }),
  NetworkSettings: z.object({ Networks: z.record(z.string(), z.object({ IPAddress: z.string() })) }),
});
const network = z.object({
  Id: z.string(),
  IPAM: z.object({ Config: z.array(z.object({ Gateway: z.string().min(1) })).min(1) }),
});

/** A container that runs. */
export interface RunningContainer {
  /** Of its first process, as this machine counts. */
  readonly pid: number;
  /** In the farm's network. */
  readonly address: string;
}

/** A network of containers, and this machine's address in it. */
export interface ContainerNetwork {
  readonly name: string;
  readonly gateway: string;
}

/** What a farm asks of an engine about containers; each may throw FarmhandError START_FAILED. */
export class Containers {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async hasImage(reference: string): Promise<boolean> {
    const path = `/images/${encodeURIComponent(reference)}/json`;
    const answer = await this.#engine.request({ method: 'GET', path, accept: [404] });
    return z.object({ Id: z.string() }).safeParse(answer).success;
  }

  /** @param spec what the engine's API takes; see container-spec.ts */
  async create(name: string, spec: object): Promise<{ id: string; warnings: readonly string[] }> {
    const path = `/containers/create?name=${encodeURIComponent(name)}`;
    const { Id, Warnings } = created.parse(await this.#engine.request({ method: 'POST', path, body: spec }));
    return { id: Id, warnings: Warnings ?? [] };
  }

  async start(id: string, networkName: string): Promise<RunningContainer> {
    await this.#engine.request({ method: 'POST', path: `/containers/${id}/start` });
    const { State, NetworkSettings } = await this.#inspect(id);
    return { pid: State.Pid, address: NetworkSettings.Networks[networkName]?.IPAddress ?? '' };
  }

  /** All that it prints, from its start to its end: frames of an 8-byte head and what was written. */
  async output(id: string): Promise<Readable> {
    return await this.#engine.stream('GET', `/containers/${id}/logs?follow=1&stdout=1&stderr=1`);
  }

  /** Resolves when it has ended: to its exit code, 128 + the signal's number where one ended it. */
  async ended(id: string): Promise<number> {
    const chunks: Buffer[] = [];
    for await (const chunk of await this.#engine.stream('POST', `/containers/${id}/wait`)) chunks.push(chunk as Buffer);
    return ended.parse(JSON.parse(Buffer.concat(chunks).toString())).StatusCode;
  }

  async wasOutOfMemory(id: string): Promise<boolean> {
    return (await this.#inspect(id)).State.OOMKilled;
  }

  /** Processes in it; 0 when it does not run. */
  async countProcesses(id: string): Promise<number> {
    const answer = await this.#engine.request({
      method: 'GET',
      path: `/containers/${id}/top`,
      accept: [404, 409, 500],
    });
    return processes.safeParse(answer).data?.Processes?.length ?? 0;
  }

  /** One that has ended is left as it is. */
  async kill(id: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.#engine.request({ method: 'POST', path: `/containers/${id}/kill?signal=${signal}`, accept: [404, 409] });
  }

  /** Ends it at once if it runs. */
  async remove(id: string): Promise<void> {
    await this.#engine.request({ method: 'DELETE', path: `/containers/${id}?force=1&v=1`, accept: [404, 409] });
  }

  /** Ids of a farm's containers, running or not. */
  async ofFarm(farm: string): Promise<readonly string[]> {
    const path = `/containers/json?all=1&filters=${byFarm(farm)}`;
    return listed.parse(await this.#engine.request({ method: 'GET', path })).map(({ Id }) => Id);
  }

  async createNetwork(name: string, farm: string): Promise<ContainerNetwork> {
    const body = { Name: name, Driver: 'bridge', Labels: { [FARM_LABEL]: farm } };
    await this.#engine.request({ method: 'POST', path: '/networks/create', body });
    const { IPAM } = network.parse(await this.#engine.request({ method: 'GET', path: `/networks/${name}` }));
    // "172.18.0.1", or with the length of its prefix behind it.
    return { name, gateway: IPAM.Config[0]?.Gateway.split('/', 1)[0] ?? '' };
  }

  /** Removes a farm's networks, once no container is in them. */
  async removeNetworks(farm: string): Promise<void> {
    const answer = await this.#engine.request({ method: 'GET', path: `/networks?filters=${byFarm(farm)}` });
    for (const { Id } of listed.parse(answer)) {
      await this.#engine.request({ method: 'DELETE', path: `/networks/${Id}`, accept: [404] });
    }
  }

  async #inspect(id: string): Promise<z.infer<typeof containerState>> {
    return containerState.parse(await this.#engine.request({ method: 'GET', path: `/containers/${id}/json` }));
  }
}

function byFarm(farm: string): string {
  return encodeURIComponent(JSON.stringify({ label: [`${FARM_LABEL}=${farm}`] }));
}
