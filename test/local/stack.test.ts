import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDeployments } from '../../local/stack.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A project with this stack.yml (the functions only) and these files. */
function project(functions: string, files: Record<string, string> = {}): string {
  const root = temporaryFolder();
  const head = 'version: 1.0\nprovider:\n  name: openfaas\n  gateway: http://127.0.0.1:8080\nfunctions:\n';
  writeFileSync(join(root, 'stack.yml'), head + functions.replaceAll(/^/gm, '  '));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  return root;
}

const minimal = 'f:\n  lang: node-farm\n  handler: ./f\n  image: f\n';

describe('loadDeployments', () => {
  it('turns every key that a gateway is told into its field', () => {
    const root = project(`
first:
  lang: node-farm
  handler: ./functions/first
  image: registry/first:1
  fprocess: node index.js
  namespace: openfaas-fn
  environment: { A: "1" }
  secrets: [token]
  labels: { com.openfaas.scale.min: "2" }
  annotations: { topic: news }
  constraints: ["node=fast"]
  requests: { memory: 64Mi, cpu: 50m }
  limits: { memory: 128Mi }
  readonly_root_filesystem: true
second:
  lang: node-farm
  handler: ./functions/second
  image: second
`);
    const [first, second, ...others] = loadDeployments({ root, environment: {} });
    expect(first).toEqual({
      service: 'first',
      image: 'registry/first:1',
      envProcess: 'node index.js',
      namespace: 'openfaas-fn',
      envVars: { A: '1' },
      secrets: ['token'],
      labels: { 'com.openfaas.scale.min': '2' },
      annotations: { topic: 'news' },
      constraints: ['node=fast'],
      requests: { memory: '64Mi', cpu: '50m' },
      limits: { memory: '128Mi' },
      readOnlyRootFilesystem: true,
    });
    expect(second).toMatchObject({ service: 'second', image: 'second', envVars: {}, readOnlyRootFilesystem: false });
    expect(others).toEqual([]);
  });

  it.each([
    ['image: ${NAME}', {}, ''],
    ['image: ${NAME}', { NAME: 'given' }, 'given'],
    ['image: ${NAME:-default}', {}, 'default'],
    ['image: ${NAME:-default}', { NAME: '' }, 'default'],
    ['image: ${NAME:-default}', { NAME: 'given' }, 'given'],
    ['image: ${REGISTRY:-r}/x:${TAG:-latest}', { TAG: '2' }, 'r/x:2'],
    ['image: ${URL:-http://127.0.0.1:8080}', {}, 'http://127.0.0.1:8080'],
    ['image: $NAME', { NAME: 'given' }, '$NAME'],
  ])('reads %s under %j as %j', (line, environment, image) => {
    const root = project(
      `f:\n  lang: node-farm\n  handler: ./f\n  ${line === 'image: ${NAME}' ? 'image: "${NAME}"' : line}\n`,
    );
    expect(loadDeployments({ root, environment })[0]?.image).toBe(image);
  });

  it('lets an environment file win over stack.yml, and a later file over an earlier one', () => {
    const root = project(
      `${minimal}  environment: { A: stack, B: stack, C: stack }\n  environment_file: [one.yml, two.yml]\n`,
      {
        'one.yml': 'environment:\n  B: one\n  C: one\n',
        'two.yml': 'environment:\n  C: two\n  D: two\n',
      },
    );
    expect(loadDeployments({ root, environment: {} })[0]?.envVars).toEqual({
      A: 'stack',
      B: 'one',
      C: 'two',
      D: 'two',
    });
  });

  it.each([
    [
      'an environment file that is not there',
      '  environment_file: [none.yml]\n',
      /none\.yml: environment_file of stack\.yml/,
    ],
    ['an environment file without the key', '  environment_file: [bad.yml]\n', /bad\.yml: .*environment/],
    ['a number where text is needed', '  labels: { com.openfaas.scale.min: 1 }\n', /labels.*in quotes, got 1/],
    ['a key that faas-cli does not have', '  resources: {}\n', /stack\.yml: .*resources/],
  ])('refuses %s', (_, lines, message) => {
    const root = project(minimal + lines, { 'bad.yml': 'A: 1\n' });
    expect(() => loadDeployments({ root, environment: {} })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) as string }),
    );
  });

  it("reads the project's own stack.yml", () => {
    const root = join(import.meta.dirname, '../..');
    const names = loadDeployments({ root, environment: {} }).map(({ service }) => service);
    expect(names).toEqual(expect.arrayContaining(['emitter', 'worker', 'collector', 'autoscaler']));
  });
});
