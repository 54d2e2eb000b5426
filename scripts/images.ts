import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SystemClock } from '#shared/clock.ts';
import { processEnvironment, type Environment } from '#shared/config.ts';
import { coerceError } from '#shared/errors.ts';
import { assemble } from './assemble.ts';
import { readStack } from './assemble/stack-file.ts';
import { DockerCli } from './images/docker-cli.ts';
import { startOwnEngine } from './images/own-engine.ts';
import { makeStandIns, STAND_IN_LABEL, standIns } from './images/stand-ins.ts';

/** `npm run images`: what `faas-cli build -f stack.yml` does, without faas-cli. docs/images.md */

const usage = `usage: npm run images [-- [--stand-ins] [--own-engine] [--test] [function ...]]

Builds the images of stack.yml's functions, all or those named, with the Docker engine that \`docker\` talks to.

  --stand-ins    on base images made on this machine, for tests where the real ones cannot be pulled. Never deploy these.
  --own-engine   with an engine of its own in .farmhand/docker-engine, started for this command; needs root and dockerd
  --test         then run the tests on the images, in a network of the engine's own where it is --own-engine's`;

interface Options {
  readonly functions: readonly string[];
  readonly standIns: boolean;
  readonly ownEngine: boolean;
  readonly test: boolean;
}

const root = join(import.meta.dirname, '..');
const environment = processEnvironment();
const own = { folder: join(root, '.farmhand', 'docker-engine'), clock: new SystemClock() };

/** Returns the exit code: 0 when every image is there, and the tests, if asked for, have passed. */
async function run(options: Options): Promise<number> {
  if (!options.ownEngine) {
    const built = build(options, environment);
    return built === 0 && options.test ? runTests(environment) : built;
  }
  const builder = await startOwnEngine({ ...own, network: 'host' });
  try {
    const built = build(options, { ...environment, DOCKER_HOST: builder.dockerHost });
    if (built !== 0 || !options.test) return built;
  } finally {
    await builder.stop();
  }
  const engine = await startOwnEngine({ ...own, network: 'own' });
  try {
    return runTests(
      { ...environment, DOCKER_HOST: engine.dockerHost },
      'nsenter',
      '--net',
      '--target',
      String(engine.pid),
    );
  } finally {
    await engine.stop();
  }
}

function build(options: Options, env: Environment): number {
  const docker = new DockerCli(env);
  const stack = readStack(join(root, 'stack.yml'), env);
  const names = options.functions.length > 0 ? options.functions : Object.keys(stack.functions);
  const assembled = assemble({ root, functions: names });
  console.log(`laid out: ${assembled.map(({ fn }) => `build/${fn}`).join(', ')}`);
  const why = docker.whyNoEngine();
  if (why !== null) {
    for (const fn of names) console.log(`skipped  ${fn}: ${why}`);
    console.log(`\n0 of ${names.length} images built, ${names.length} skipped`);
    return 1;
  }
  if (options.standIns) makeStandIns(docker);
  const common = [
    ...(options.standIns ? ['--label', `${STAND_IN_LABEL}=bases`] : []),
    // An engine of our own has no network but the machine's to build in.
    ...(options.ownEngine ? ['--network', 'host'] : []),
  ];
  for (const { fn, folder } of assembled) {
    const described = stack.functions[fn];
    if (described === undefined) continue;
    const args = Object.entries({ ...described.build_args, ...(options.standIns ? standIns : {}) });
    console.log(`building ${described.image}`);
    docker.build([
      ...common,
      ...args.flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
      ...['--tag', described.image, folder],
    ]);
    console.log(`built    ${described.image}: ${Math.round((docker.imageBytes(described.image) ?? 0) / 1e6)} MB`);
  }
  console.log(
    `\n${names.length} of ${names.length} images built${options.standIns ? ', on stand-ins: for tests only' : ''}`,
  );
  return 0;
}

function runTests(env: Environment, ...prefix: readonly string[]): number {
  const vitest = [
    process.execPath,
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=verbose',
    'test/image',
  ];
  const [command = '', ...args] = [...prefix, ...vitest];
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', env }).status ?? 1;
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'stand-ins': { type: 'boolean', default: false },
      'own-engine': { type: 'boolean', default: false },
      test: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) console.log(usage);
  else {
    process.exitCode = await run({
      functions: positionals,
      standIns: values['stand-ins'],
      ownEngine: values['own-engine'],
      test: values.test,
    });
  }
} catch (thrown) {
  console.error(coerceError(thrown).message);
  process.exitCode = 1;
}
