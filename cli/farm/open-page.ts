import { spawn } from 'node:child_process';
import type { Environment } from '#shared/config.ts';

/** What shows a page to whoever sits before this machine; null: nobody does, or the system has no such program. */
export function pageOpener(environment: Environment, platform: NodeJS.Platform): string | null {
  const elsewhere = ['CI', 'SSH_CONNECTION'].some((name) => (environment[name] ?? '') !== '');
  if (elsewhere || environment['BROWSER'] === 'none') return null;
  if (platform === 'darwin') return 'open';
  const desktop = ['DISPLAY', 'WAYLAND_DISPLAY'].some((name) => (environment[name] ?? '') !== '');
  return platform === 'linux' && desktop ? 'xdg-open' : null;
}

/** Opens the page where there is a desktop, and does not wait. Whether it worked is seen, and hurts nothing. */
export function openPage(url: string, environment: Environment): void {
  const opener = pageOpener(environment, process.platform);
  if (opener === null) return;
  const child = spawn(opener, [url], { detached: true, stdio: 'ignore', env: environment });
  child.on('error', () => undefined);
  child.unref();
}
