import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { MINUTE } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import { toolFile, type Tool } from './tool.ts';

export type Installed =
  | { readonly kind: 'ready'; readonly file: string; readonly built: boolean }
  | { readonly kind: 'missing'; readonly because: string };

const BUILD_WITHIN_MS = 15 * MINUTE;

/** Builds the tool with `go install`, unless it is there. What cannot be had is told and is no error. */
export function installTool(tool: Tool, options: { folder: string; environment: Environment }): Installed {
  const file = toolFile(options.folder, tool);
  if (existsSync(file)) return { kind: 'ready', file, built: false };
  mkdirSync(dirname(file), { recursive: true });
  const { error, status, stderr } = spawnSync('go', ['install', `${tool.module}@${tool.version}`], {
    env: { ...options.environment, GOBIN: dirname(file) },
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: BUILD_WITHIN_MS,
  });
  if (error !== undefined) {
    const absent = 'code' in error && error.code === 'ENOENT';
    return { kind: 'missing', because: absent ? 'Go is not installed' : `go install: ${error.message}` };
  }
  if (status === 0 && existsSync(file)) return { kind: 'ready', file, built: true };
  const said = stderr.trim().split('\n').slice(-3).join(' ').replaceAll(/\s+/g, ' ');
  return { kind: 'missing', because: `go install ${tool.module}@${tool.version}: ${said}` };
}
