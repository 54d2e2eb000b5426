import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

const project = join(import.meta.dirname, '../..');

const stack = `
version: 1.0
provider: { name: openfaas, gateway: http://127.0.0.1:8080 }
functions:
  tiny:
    lang: node-farm
    handler: ./functions/tiny
    image: tiny
    environment: { FARM_FUNCTION: tiny }
    secrets: [redis-url, farm-token]
configuration:
  copy: [./shared, ./farm.yml]
`;

/** Tells about itself and does nothing else. */
const handler = `
import type { StartFunction } from '#shared/farm-function.ts';
const start: StartFunction = async ({ instance, config, secrets }) => ({
  routes: (app) => void app.get('/whoami', () => ({ pid: process.pid, instance, config, token: secrets.farmToken })),
  ready: () => true,
  stop: async () => undefined,
});
export default start;
`;

/** A project with one small function, on the real template and shared code: a farm that is up in a moment. Gone after the test. */
export function tinyProject(): string {
  const root = temporaryFolder();
  for (const name of ['node_modules', 'shared', 'template']) symlinkSync(join(project, name), join(root, name));
  cpSync(join(project, 'package.json'), join(root, 'package.json'));
  mkdirSync(join(root, 'functions', 'tiny'), { recursive: true });
  writeFileSync(join(root, 'functions', 'tiny', 'handler.ts'), handler);
  writeFileSync(join(root, 'stack.yml'), stack);
  writeFileSync(join(root, 'farm.yml'), 'local: { port: 0 }\n');
  return root;
}
