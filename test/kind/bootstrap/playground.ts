import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const project = join(import.meta.dirname, '..', '..', '..');
const shim = join(import.meta.dirname, 'shim.sh');
const tools = ['docker', 'kind', 'kubectl', 'helm', 'faas-cli', 'curl'];

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What was called in this run, a line each: the tool and its arguments. */
  readonly calls: readonly string[];
}

export interface Begun {
  /** To all of its processes. */
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<{ readonly status: number | null; readonly stderr: string }>;
}

/** A project of little more than kind/, in a folder with a space in its name, and tools that only pretend. */
export class Playground {
  readonly root: string;
  /** The tools' memory. */
  readonly shim: string;
  readonly #programs: string;

  constructor({ without = [] }: { without?: readonly string[] } = {}) {
    const folder = temporaryFolder();
    this.root = join(folder, 'my farm');
    this.shim = join(folder, 'shim');
    this.#programs = join(folder, 'bin');
    for (const made of [this.shim, this.#programs]) mkdirSync(made);
    cpSync(join(project, 'kind'), join(this.root, 'kind'), { recursive: true });
    for (const name of ['shared', 'functions', 'autoscaler', 'models', 'template']) {
      mkdirSync(join(this.root, name));
      this.write(`${name}/source.ts`, `export const name = '${name}';\n`);
    }
    for (const name of ['stack.yml', 'farm.yml']) this.write(name, `# ${name}\n`);
    for (const tool of tools) if (!without.includes(tool)) symlinkSync(shim, join(this.#programs, tool));
    writeFileSync(join(this.shim, 'calls'), '');
    writeFileSync(join(this.shim, 'stdin'), '');
    // Nothing may outlive the test, whatever it left running.
    onTestFinished(() => {
      if (existsSync(join(this.root, '.farmhand'))) this.bootstrap(['--teardown']);
    });
  }

  /** A cluster that is there before anything is installed; with an OpenFaaS in it, or without. */
  existingCluster({ openfaas }: { readonly openfaas: boolean }): void {
    const cluster = join(this.shim, 'cluster');
    mkdirSync(cluster);
    if (!openfaas) return;
    for (const name of ['openfaas', 'openfaas-fn']) writeFileSync(join(cluster, `_namespace_${name}`), '');
    writeFileSync(join(cluster, 'openfaas_deployment_gateway'), 'gateway faas-netes');
    const key = (name: string, value: string): string => `  ${name}: ${Buffer.from(value).toString('base64')}\n`;
    const secret = key('basic-auth-user', 'admin') + key('basic-auth-password', 's3cret-of-the-gateway');
    writeFileSync(join(cluster, 'openfaas_secret_basic-auth'), secret);
  }

  /** The file by which an object is in the cluster. */
  object(namespace: string, kind: string, name: string): string {
    return join(this.shim, 'cluster', `${namespace}_${kind}_${name}`);
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.root, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  /** Everything that the tools were told so far by their standard input. */
  get stdin(): string {
    return readFileSync(join(this.shim, 'stdin'), 'utf8');
  }

  bootstrap(options: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): Run {
    const before = this.calls.length;
    const { status, stdout, stderr } = spawnSync(this.#script, options, {
      cwd: '/',
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...this.#environment, ...environment },
    });
    return { status, stdout, stderr, calls: this.calls.slice(before) };
  }

  /** A run that goes on beside the test, in a process group of its own, as a terminal or `timeout` gives it one. */
  begin(environment: Readonly<Record<string, string>>): Begun {
    const child = spawn(this.#script, [], { cwd: '/', detached: true, env: { ...this.#environment, ...environment } });
    const { pid = 0, stderr } = child;
    const signal = (name: NodeJS.Signals): void => void process.kill(-pid, name);
    onTestFinished(() => {
      if (child.exitCode === null && child.signalCode === null) signal('SIGKILL');
    });
    let said = '';
    stderr.setEncoding('utf8').on('data', (part: string) => (said += part));
    child.stdout.resume();
    return {
      signal,
      ended: once(child, 'close').then(([status]) => ({ status: status as number | null, stderr: said })),
    };
  }

  get calls(): readonly string[] {
    return readFileSync(join(this.shim, 'calls'), 'utf8').split('\n').slice(0, -1);
  }

  get #script(): string {
    return join(this.root, 'kind', 'bootstrap.sh');
  }

  get #environment(): Readonly<Record<string, string>> {
    return {
      PATH: `${this.#programs}:${this.#systemTools()}`,
      SHIM: this.shim,
      FARM_REGISTRY: 'ttl.sh/farm',
      BOOTSTRAP_POLL_S: '0.02',
    };
  }

  /** Only what every system has, so that a tool that a test takes away is away. */
  #systemTools(): string {
    const folder = join(this.#programs, 'system');
    mkdirSync(folder, { recursive: true });
    for (const tool of SYSTEM) {
      try {
        symlinkSync(join('/usr/bin', tool), join(folder, tool));
      } catch {
        // It is there from an earlier run.
      }
    }
    return folder;
  }
}

const SYSTEM = [
  ...['base64', 'bash', 'cat', 'cksum', 'cut', 'dirname', 'env', 'find', 'grep', 'head', 'kill', 'mkdir', 'mktemp'],
  ...['nohup', 'od', 'openssl', 'ps', 'rm', 'sed', 'seq', 'sha256sum', 'sleep', 'sort', 'tail', 'tee', 'tr', 'xargs'],
];
