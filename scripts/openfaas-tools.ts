import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { processEnvironment } from '#shared/config.ts';
import { installTool } from './openfaas-tools/install-tool.ts';
import { tools, toolsFolder } from './openfaas-tools/tool.ts';

/**
 * `npm run openfaas-tools [-- --with-gateway]`: builds OpenFaaS' own tools on this machine, runs the tests that use them, and prints
 * what the tools said. A tool that cannot be built is skipped, counted and no failure.
 */

const usage = `usage: node scripts/openfaas-tools.ts [--with-gateway] [--build-only]

Builds faas-cli and of-watchdog (both MIT) with \`go install\` into .farmhand/openfaas-tools (or FARM_OPENFAAS_TOOLS), runs the tests
that need them, and prints the transcript.

  --with-gateway   the gateway of OpenFaaS Community Edition too. It is not open source: by building it you accept its EULA
                   (EULA.md in github.com/openfaas/faas). Farmhand ships nothing of it, and needs it for this test only.
  --build-only     run no test`;

const { values } = parseArgs({
  options: {
    'with-gateway': { type: 'boolean', default: false },
    'build-only': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const root = join(import.meta.dirname, '..');
if (values.help) console.log(usage);
else process.exitCode = run();

/** Returns the exit code. */
function run(): number {
  const environment = processEnvironment();
  const folder = toolsFolder(root, environment);
  let missing = 0;
  for (const tool of tools) {
    const label = `${tool.name} ${tool.version}`;
    if (tool.optIn && !values['with-gateway']) {
      missing += 1;
      console.log(`skipped  ${label}: not asked for (--with-gateway); licence: ${tool.licence}`);
      continue;
    }
    console.log(`building ${label} (${tool.licence})`);
    const installed = installTool(tool, { folder, environment });
    if (installed.kind === 'missing') {
      missing += 1;
      console.log(`skipped  ${label}: ${installed.because}`);
    } else {
      console.log(`${installed.built ? 'built   ' : 'there   '} ${label}: ${installed.file}`);
    }
  }
  console.log(`\n${tools.length - missing} of ${tools.length} tools are here, ${missing} skipped`);
  return values['build-only'] ? 0 : runTests(folder);
}

function runTests(folder: string): number {
  const notes = mkdtempSync(join(tmpdir(), 'farmhand-transcript-'));
  const transcript = join(notes, 'transcript.txt');
  try {
    const { status } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=verbose', 'test/openfaas/real-'],
      {
        cwd: root,
        stdio: 'inherit',
        env: { ...processEnvironment(), FARM_OPENFAAS_TOOLS: folder, FARM_OPENFAAS_TRANSCRIPT: transcript },
      },
    );
    if (existsSync(transcript)) console.log(`\n== transcript\n${readFileSync(transcript, 'utf8')}`);
    return status ?? 1;
  } finally {
    rmSync(notes, { recursive: true, force: true });
  }
}
