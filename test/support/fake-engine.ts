import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { json } from 'node:stream/consumers';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { processTree } from '../../local/docker/process-tree.ts';
import { projectNode } from './project-node.ts';
import { temporaryFolder } from './temporary-folder.ts';

const spec = z.looseObject({
  Image: z.string(),
  Env: z.array(z.string()),
  Labels: z.record(z.string(), z.string()),
  HostConfig: z.looseObject({
    NetworkMode: z.string(),
    Mounts: z.array(z.looseObject({ Source: z.string(), Target: z.string() })),
  }),
});

export interface FakeContainer {
  readonly id: string;
  readonly name: string;
  readonly spec: z.infer<typeof spec>;
  readonly address: string;
  /** Null before its start. */
  process: ChildProcess | null;
  /** Null before its end. */
  exitCode: number | null;
  readonly frames: Buffer[];
  readonly listeners: Set<() => void>;
}

export interface FakeEngine {
  /** For DOCKER_HOST. */
  readonly dockerHost: string;
  readonly containers: ReadonlyMap<string, FakeContainer>;
  /** Names. */
  readonly networks: ReadonlyMap<string, { readonly id: string; readonly labels: Readonly<Record<string, string>> }>;
}

/** How an image runs: Node's arguments and working folder. */
export type FakeImages = Readonly<Record<string, { readonly args: readonly string[]; readonly cwd: string }>>;

/**
 * A Docker engine as far as a farm asks for one, on a socket, whose containers are real processes without any isolation: each has an
 * address of its own (127.x.y.z), its mounts by other names, and what it prints in frames.
 */
export async function fakeEngine(images: FakeImages): Promise<FakeEngine> {
  const containers = new Map<string, FakeContainer>();
  const networks = new Map<string, { id: string; labels: Record<string, string> }>();
  const subnet = `127.${randomInt(2, 250)}.${randomInt(1, 250)}`;
  let born = 1;

  const start = (container: FakeContainer): void => {
    const image = images[container.spec.Image];
    if (image === undefined) throw new Error('created without an image');
    const mounted = container.spec.Env.map((line) =>
      container.spec.HostConfig.Mounts.reduce(
        (text, { Source, Target }) => text.replace(`=${Target}`, `=${Source}`),
        line,
      ),
    );
    const given = Object.fromEntries(
      mounted.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    const child = spawn(projectNode, image.args, {
      cwd: image.cwd,
      env: { PATH: '/usr/bin:/bin', ...given, HOST: container.address, PORT: '8080' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    container.process = child;
    const change = (): void => [...container.listeners].forEach((listener) => listener());
    for (const [number, stream] of [child.stdout, child.stderr].entries()) {
      stream.on('data', (data: Buffer) => {
        const head = Buffer.alloc(8);
        head.writeUInt8(number + 1, 0);
        head.writeUInt32BE(data.length, 4);
        container.frames.push(Buffer.concat([head, data]));
        change();
      });
    }
    child.once('close', (code, signal) => {
      container.exitCode = code ?? 128 + (signal === 'SIGKILL' ? 9 : 15);
      change();
    });
  };

  /** Calls `look` at once and at each change, until it says true or nobody reads the answer any more. */
  const follow = (container: FakeContainer, response: ServerResponse, look: () => boolean): void => {
    const onChange = (): void => {
      if (!look()) return;
      container.listeners.delete(onChange);
      response.end();
    };
    container.listeners.add(onChange);
    response.once('close', () => container.listeners.delete(onChange));
    onChange();
  };

  const answer = (response: ServerResponse, status: number, body?: unknown): void => {
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(body === undefined ? '' : JSON.stringify(body));
  };

  const byLabel = <T extends { labels: Record<string, string> }>(query: URLSearchParams, all: readonly T[]): T[] => {
    const { label } = z.object({ label: z.array(z.string()) }).parse(JSON.parse(query.get('filters')!));
    return all.filter(({ labels }) => label.every((pair) => pair === `farmhand.farm=${labels['farmhand.farm'] ?? ''}`));
  };

  const ofContainer = (
    what: string,
    container: FakeContainer,
    query: URLSearchParams,
    response: ServerResponse,
  ): void => {
    const running = container.process !== null && container.exitCode === null;
    if (what === 'start') {
      start(container);
      answer(response, 204);
    } else if (what === 'json') {
      const Networks = { [container.spec.HostConfig.NetworkMode]: { IPAddress: container.address } };
      const State = { Pid: container.process?.pid ?? 0, OOMKilled: false };
      answer(response, 200, { State, NetworkSettings: { Networks } });
    } else if (what === 'top') {
      const pids = running ? processTree(container.process!.pid!) : [];
      answer(response, running ? 200 : 409, { Processes: pids.map((pid) => [String(pid)]), message: 'is not running' });
    } else if (what === 'kill') {
      if (running) container.process?.kill(query.get('signal') as NodeJS.Signals);
      answer(response, running ? 204 : 409, running ? undefined : { message: 'is not running' });
    } else if (what === 'logs') {
      let written = 0;
      response.writeHead(200).flushHeaders();
      follow(container, response, () => {
        for (; written < container.frames.length; written += 1) response.write(container.frames[written]);
        return container.exitCode !== null;
      });
    } else if (what === 'wait') {
      response.writeHead(200).flushHeaders();
      follow(container, response, () => {
        if (container.exitCode === null) return false;
        response.write(JSON.stringify({ StatusCode: container.exitCode }));
        return true;
      });
    } else answer(response, 404, { message: `no route ${what}` });
  };

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams: query } = new URL(request.url!, 'http://engine');
    const [kind, name = '', what = ''] = pathname
      .replace(/^\/v1\.41/, '')
      .slice(1)
      .split('/')
      .map(decodeURIComponent);
    const body = request.method === 'POST' && name === 'create' ? await json(request) : null;
    if (pathname === '/version') answer(response, 200, { ApiVersion: '1.41' });
    else if (kind === 'images') {
      const known = images[name] !== undefined;
      answer(response, known ? 200 : 404, known ? { Id: name } : { message: `No such image: ${name}` });
    } else if (kind === 'containers' && name === 'create') {
      const parsed = spec.parse(body);
      if (images[parsed.Image] === undefined) {
        answer(response, 404, { message: `No such image: ${parsed.Image}` });
        return;
      }
      const id = randomBytes(8).toString('hex');
      const own = { id, name: query.get('name')!, spec: parsed, address: `${subnet}.${(born += 1)}` };
      containers.set(id, { ...own, process: null, exitCode: null, frames: [], listeners: new Set() });
      answer(response, 201, { Id: id, Warnings: [] });
    } else if (kind === 'containers' && name === 'json') {
      const all = [...containers.values()].map(({ id, spec: { Labels } }) => ({ Id: id, labels: Labels }));
      answer(response, 200, byLabel(query, all));
    } else if (kind === 'containers') {
      const container = containers.get(name);
      if (container === undefined) answer(response, 404, { message: `No such container: ${name}` });
      else if (request.method === 'DELETE') {
        container.process?.kill('SIGKILL');
        containers.delete(name);
        answer(response, 204);
      } else ofContainer(what, container, query, response);
    } else if (kind === 'networks' && name === 'create') {
      const network = z.looseObject({ Name: z.string(), Labels: z.record(z.string(), z.string()) }).parse(body);
      networks.set(network.Name, { id: `net-${network.Name}`, labels: network.Labels });
      answer(response, 201, { Id: `net-${network.Name}` });
    } else if (kind === 'networks' && name === '') {
      answer(
        response,
        200,
        byLabel(
          query,
          [...networks].map(([, { id, labels }]) => ({ Id: id, labels })),
        ),
      );
    } else if (kind === 'networks' && request.method === 'DELETE') {
      for (const [key, { id }] of networks) if (id === name) networks.delete(key);
      answer(response, 204);
    } else if (kind === 'networks') {
      answer(response, 200, { Id: `net-${name}`, IPAM: { Config: [{ Gateway: `${subnet}.1` }] } });
    } else answer(response, 404, { message: `no route ${pathname}` });
  };

  const socket = join(temporaryFolder(), 'docker.sock');
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => answer(response, 500, { message: String(error) }));
  });
  server.listen(socket);
  await once(server, 'listening');
  onTestFinished(() => {
    for (const { process } of containers.values()) process?.kill('SIGKILL');
    server.close();
    server.closeAllConnections();
  });
  return { dockerHost: `unix://${socket}`, containers, networks };
}
