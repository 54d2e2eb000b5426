import { spawnSync } from 'node:child_process';
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectNode } from '../support/project-node.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const script = join(import.meta.dirname, '..', '..', 'scripts', 'install');

/** Runs scripts/install with nothing on the PATH but the system's tools and these programs. */
function install(programs: Record<string, string>): { status: number | null; stderr: string } {
  const folder = temporaryFolder();
  for (const tool of ['bash', 'dirname', 'env']) symlinkSync(join('/usr/bin', tool), join(folder, tool));
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/usr/bin/env bash\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return spawnSync(script, { env: { PATH: folder }, encoding: 'utf8' });
}

/** A node that says it is another version, and otherwise is ours. */
const nodeOf = (version: string): string => `
if [[ $1 == --version ]]; then echo v${version}; exit; fi
exec ${projectNode} -e "Object.defineProperty(process, 'versions', { value: { node: '${version}' } }); $2"`;

describe('scripts/install', () => {
  it.each(['18.20.8', '20.18.3'])('says that Node %s is too old', (version) => {
    expect(install({ node: nodeOf(version), npm: 'exit 9' })).toMatchObject({
      status: 1,
      stderr: `Farmhand needs Node 20.19 or newer; this is v${version}\n`,
    });
  });

  it.each(['20.19.0', '22.1.0', '24.0.0'])('is content with Node %s', (version) => {
    // Whether it then finds packages to install depends on this checkout; npm is not the one that complains of Node.
    expect(install({ node: nodeOf(version), npm: 'exit 0' })).toMatchObject({ status: 0, stderr: '' });
  });

  it.each(['node', 'npm'])('says where to get Node when there is no %s', (missing) => {
    const present = { node: nodeOf('24.0.0'), npm: 'exit 9' };
    const programs = Object.fromEntries(Object.entries(present).filter(([name]) => name !== missing));
    expect(install(programs)).toMatchObject({
      status: 1,
      stderr: 'Farmhand needs Node 20.19 or newer, with npm: https://nodejs.org\n',
    });
  });
});
