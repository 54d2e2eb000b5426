import { spawnSync } from 'node:child_process';
import type { Environment } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';

/** The command `docker`, as far as images are concerned. */
export class DockerCli {
  readonly #environment: Environment;

  /** @param environment DOCKER_HOST in it names the engine. */
  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Why nothing can be built here, with what to do; null where it can. */
  whyNoEngine(): string | null {
    const { error, status, stderr } = this.#run(['version', '--format', '{{.Server.Version}}']);
    if (error !== undefined) {
      return `the command docker cannot be run (${error.message}); install Docker (Debian and Ubuntu: apt-get install docker.io)`;
    }
    if (status === 0) return null;
    return `no Docker engine answers (${stderr.trim().split('\n').at(-1) ?? ''}); start one, or name it in DOCKER_HOST`;
  }

  /** With docker's own words on our output. @throws FarmhandError START_FAILED */
  build(args: readonly string[]): void {
    const { status, error } = spawnSync('docker', ['build', '--quiet', ...args], {
      stdio: 'inherit',
      env: this.#environment,
    });
    if (status === 0) return;
    throw new FarmhandError('START_FAILED', `docker build failed: ${error?.message ?? `exit code ${status ?? '?'}`}`);
  }

  /** Bytes of all its layers; null where the engine does not have it. */
  imageBytes(reference: string): number | null {
    const { status, stdout } = this.#run(['image', 'inspect', '--format', '{{.Size}}', reference]);
    return status === 0 ? Number(stdout) : null;
  }

  #run(args: readonly string[]) {
    return spawnSync('docker', args, { encoding: 'utf8', env: this.#environment, timeout: 60_000 });
  }
}
