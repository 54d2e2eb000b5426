import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { accessSync, constants, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { processEnvironment } from '#shared/config.ts';
import { freePort } from '../../local/free-port.ts';
import { until } from './until.ts';

/** A real control plane's API server on this machine, without controllers, a scheduler or nodes. */
export interface KubeApiServer {
  readonly url: string;
  /** Kubeconfig, as text, of whoever has this token. */
  kubeconfig(token: string): string;
  /** A request as cluster administrator. Rejects on anything but success. */
  call(method: string, path: string, body?: object, contentType?: string): Promise<unknown>;
  stop(): Promise<void>;
}

export interface KubePrograms {
  readonly apiserver: string;
  readonly etcd: string;
}

const ADMIN = 'admin-token';
const READY_WITHIN_MS = 60_000;

/** The two programs: TEST_ASSET_KUBE_APISERVER and TEST_ASSET_ETCD as envtest has them, else from the PATH; null: not here. */
export function findKubePrograms(): KubePrograms | null {
  const environment = processEnvironment();
  const find = (variable: string, name: string): string | null => {
    const given = environment[variable];
    const places =
      given === undefined ? (environment['PATH'] ?? '').split(delimiter).map((at) => join(at, name)) : [given];
    return places.find(isProgram) ?? null;
  };
  const apiserver = find('TEST_ASSET_KUBE_APISERVER', 'kube-apiserver');
  const etcd = find('TEST_ASSET_ETCD', 'etcd');
  return apiserver === null || etcd === null ? null : { apiserver, etcd };
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param tokens user name → token: who may ask, besides the administrator */
export async function startKubeApiServer(
  programs: KubePrograms,
  tokens: Readonly<Record<string, string>>,
): Promise<KubeApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'farmhand-kube-'));
  const [port, etcdPort, peerPort] = [await freePort(), await freePort(), await freePort()];
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const users = Object.entries(tokens).map(([user, token]) => `${token},${user},${user}\n`);
  writeFileSync(join(folder, 'tokens.csv'), `${ADMIN},admin,admin,"system:masters"\n${users.join('')}`);
  mkdirSync(join(folder, 'certs'));

  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const start = (program: string, args: readonly string[], log: string): ChildProcess => {
    const file = openSync(join(folder, log), 'w');
    return spawn(program, args, { cwd: folder, stdio: ['ignore', file, file] });
  };
  const processes = [
    start(
      programs.etcd,
      [
        ...['--data-dir', 'etcd', '--unsafe-no-fsync', '--initial-cluster', `default=${peerUrl}`],
        ...['--listen-client-urls', etcdUrl, '--advertise-client-urls', etcdUrl],
        ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
      ],
      'etcd.log',
    ),
    start(
      programs.apiserver,
      [
        ...['--etcd-servers', etcdUrl, '--bind-address', '127.0.0.1', '--secure-port', String(port)],
        ...['--cert-dir', 'certs', '--token-auth-file', 'tokens.csv', '--authorization-mode', 'RBAC'],
        ...['--service-account-key-file', 'key.pem', '--service-account-signing-key-file', 'key.pem'],
        ...['--service-account-issuer', 'https://kubernetes.default.svc', '--service-cluster-ip-range', '10.0.0.0/24'],
        // Nobody makes service accounts' tokens here, and the pods never run.
        ...['--disable-admission-plugins', 'ServiceAccount'],
      ],
      'apiserver.log',
    ),
  ];
  const stop = async (): Promise<void> => {
    for (const child of processes.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };

  const url = `https://127.0.0.1:${port}`;
  const { Agent, request } = await import('undici');
  const agent = new Agent({ connect: { rejectUnauthorized: false } });
  const call: KubeApiServer['call'] = async (method, path, body, contentType = 'application/json') => {
    const answer = await request(`${url}${path}`, {
      dispatcher: agent,
      method: method as 'GET',
      headers: { authorization: `Bearer ${ADMIN}`, 'content-type': contentType },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return text.startsWith('{') ? (JSON.parse(text) as unknown) : text;
  };
  try {
    await until('the API server is ready', () => call('GET', '/readyz').then(Boolean, () => false), READY_WITHIN_MS);
  } catch (thrown) {
    const log = readFileSync(join(folder, 'apiserver.log'), 'utf8').slice(-2_000);
    await stop();
    throw new Error(`the API server does not start: ${log}`, { cause: thrown });
  }
  return {
    url,
    call,
    kubeconfig: (token) =>
      JSON.stringify({
        ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
        clusters: [{ name: 'test', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
        users: [{ name: 'me', user: { token } }],
        contexts: [{ name: 'test', context: { cluster: 'test', user: 'me' } }],
      }),
    async stop() {
      await agent.destroy();
      await stop();
    },
  };
}
