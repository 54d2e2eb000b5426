import { join } from 'node:path';
import type { Environment } from '#shared/config.ts';

/** One of OpenFaaS' own programs, at the version that we test against. */
export interface Tool {
  readonly name: 'faas-cli' | 'of-watchdog' | 'openfaas-gateway';
  /** What `go install` is given, with the version's tag. */
  readonly module: string;
  readonly version: string;
  /** What `go install` calls the program. */
  readonly binary: string;
  /** What its user agrees to. Nothing of any of them is part of Farmhand. */
  readonly licence: string;
  /** It is built only when it is asked for by name, because of its licence. */
  readonly optIn: boolean;
}

export const tools: readonly Tool[] = [
  {
    name: 'faas-cli',
    module: 'github.com/openfaas/faas-cli',
    version: '0.18.12',
    binary: 'faas-cli',
    licence: 'MIT',
    optIn: false,
  },
  {
    name: 'of-watchdog',
    module: 'github.com/openfaas/of-watchdog',
    version: '0.11.6',
    binary: 'of-watchdog',
    licence: 'MIT',
    optIn: false,
  },
  {
    name: 'openfaas-gateway',
    module: 'github.com/openfaas/faas/gateway',
    version: '0.27.14',
    binary: 'gateway',
    licence: 'OpenFaaS Community Edition EULA (not open source; commercial use is limited to 60 days)',
    optIn: true,
  },
];

/** Where they are kept: FARM_OPENFAAS_TOOLS, else in the project's state folder. */
export function toolsFolder(root: string, environment: Environment): string {
  return environment['FARM_OPENFAAS_TOOLS'] ?? join(root, '.farmhand', 'openfaas-tools');
}

/** The program's file once it is built. */
export function toolFile(folder: string, { name, version, binary }: Tool): string {
  return join(folder, `${name}-${version}`, binary);
}
