import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { processEnvironment } from '#shared/config.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseDaemonMessage } from '../../local/daemon-message.ts';
import { projectNode } from '../support/project-node.ts';
import { tinyProject } from '../support/tiny-project.ts';

const main = join(import.meta.dirname, '../../local/main.ts');

describe.runIf(existsSync('/dev/full'))('a daemon whose log is on a full disk', () => {
  it('comes up, serves and goes down in order', async () => {
    const log = openSync('/dev/full', 'w');
    const daemon = spawn(projectNode, [main, '--root', tinyProject(), '--tied'], {
      env: { PATH: processEnvironment()['PATH'] },
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    onTestFinished(() => void daemon.kill('SIGKILL'));
    const ended = once(daemon, 'close');
    let url = '';
    await new Promise<void>((resolve, reject) => {
      daemon.on('message', (raw) => {
        const message = parseDaemonMessage(raw);
        if (message.type === 'up') url = message.url;
        if (message.type === 'up') resolve();
      });
      void ended.then((how) => reject(new Error(`it ended before it was up: ${String(how)}`)));
    });
    expect((await fetch(`${url}/function/tiny/whoami`)).status).toBe(200);
    daemon.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});
