#!/usr/bin/env node
/**
 * Starts the command line on a Node that runs TypeScript as it is. This file itself is plain JavaScript for Node 20.19 and
 * newer: where the Node that started it is older than 24, it runs itself again on the Node that `npm ci` installs with the
 * project, and passes signals and the exit code through. A packed build has main.js in place of main.ts and needs neither.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const packed = join(here, 'main.js');
const source = join(here, 'main.ts');
const projectNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const major = Number(process.versions.node.split('.')[0]);
const stripsTypes = process.features.typescript !== undefined && process.features.typescript !== false;

if (existsSync(packed)) {
  await import(pathToFileURL(packed).href);
} else if (major >= 24) {
  await importSource();
} else if (existsSync(projectNode)) {
  runOn(projectNode);
} else if (stripsTypes) {
  await importSource();
} else {
  process.stderr.write(
    `farmhand: Node ${process.versions.node} cannot run TypeScript, and the project's own Node is not in node_modules: ` +
      `run 'npm ci' in ${root}, or use Node 24 (START_FAILED)\n`,
  );
  process.exitCode = 3;
}

async function importSource() {
  // Compiling is most of the time that a short command takes; a cache that cannot be written is no error.
  module.enableCompileCache?.(join(root, 'node_modules', '.cache', 'farmhand'));
  await import(pathToFileURL(source).href);
}

/** The IPC channel tells the child when this process dies by SIGKILL: main.ts takes its end for a SIGTERM. */
function runOn(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(
      `farmhand: ${node} cannot be started: ${error.message}; run 'npm ci' in ${root} (START_FAILED)\n`,
    );
    process.exitCode = 3;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
    for (const each of SIGNALS) process.removeAllListeners(each);
  });
}
