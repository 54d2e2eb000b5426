import type { Readable } from 'node:stream';
import { Pool } from 'undici';
import { z } from 'zod';
import { SECOND } from '#shared/clock.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';

/** What an engine listens on where DOCKER_HOST says nothing. */
const DEFAULT_HOST = 'unix:///var/run/docker.sock';
const ANSWER_WITHIN_MS = 30 * SECOND;

const problem = z.object({ message: z.string() });
const version = z.object({ ApiVersion: z.string().regex(/^\d+\.\d+$/) });

export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the API's version, for example '/containers/json?all=1'. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Statuses beside 2xx that are no failure: what was to be done is done already. */
  readonly accept?: readonly number[];
}

/** A Docker engine, spoken to by its HTTP API on the socket: no `docker` command and no process for each container. */
export class Engine {
  readonly #pool: Pool;
  readonly #base: string;

  private constructor(pool: Pool, base: string) {
    this.#pool = pool;
    this.#base = base;
  }

  /**
   * @param host DOCKER_HOST; a socket of this machine only, for containers must reach what runs here.
   * @throws FarmhandError CONFIG_INVALID, DOCKER_UNREACHABLE
   */
  static async open(host: string | undefined): Promise<Engine> {
    const address = host === undefined || host === '' ? DEFAULT_HOST : host;
    if (!address.startsWith('unix:///')) {
      throw new FarmhandError(
        'CONFIG_INVALID',
        `DOCKER_HOST: containers of a farm run on this machine: expected unix:///path/of/the/socket, got '${address}'`,
      );
    }
    const pool = new Pool('http://engine', { socketPath: address.slice('unix://'.length), bodyTimeout: 0 });
    try {
      // Each engine speaks the versions of some years only; what we ask is the same in all of them.
      const { ApiVersion } = version.parse(await new Engine(pool, '').request({ method: 'GET', path: '/version' }));
      return new Engine(pool, `/v${ApiVersion}`);
    } catch (thrown) {
      await pool.destroy();
      throw unreachable(address, thrown);
    }
  }

  /** Resolves to the answer's JSON, or to null where it has no body. @throws FarmhandError START_FAILED with the engine's own words. */
  async request({ method, path, body, accept = [] }: EngineRequest): Promise<unknown> {
    const answer = await this.#pool.request({
      method,
      path: this.#base + path,
      headersTimeout: ANSWER_WITHIN_MS,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode < 300 || accept.includes(answer.statusCode)) return parseJson(text);
    throw refused(answer.statusCode, text);
  }

  /** An answer that goes on for as long as a container runs. @throws FarmhandError START_FAILED */
  async stream(method: 'GET' | 'POST', path: string): Promise<Readable> {
    const { statusCode, body } = await this.#pool.request({ method, path: this.#base + path, headersTimeout: 0 });
    if (statusCode < 300) return body;
    throw refused(statusCode, await body.text());
  }

  /** Ends every exchange. Idempotent. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function refused(status: number, text: string): FarmhandError {
  const told = problem.safeParse(parseJson(text));
  return new FarmhandError('START_FAILED', `the Docker engine refuses (${status}): ${told.data?.message ?? text}`);
}

function unreachable(address: string, thrown: unknown): FarmhandError {
  const cause = coerceError(thrown);
  return new FarmhandError(
    'DOCKER_UNREACHABLE',
    `no Docker engine answers at ${address} (${cause.message}): install Docker (Debian and Ubuntu: apt-get install docker.io), ` +
      `start it, let this user use its socket, or name another in DOCKER_HOST; without one, leave '--runtime docker' out`,
    { cause },
  );
}
