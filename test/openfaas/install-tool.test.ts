import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { processEnvironment } from '#shared/config.ts';
import { installTool } from '../../scripts/openfaas-tools/install-tool.ts';
import { toolFile, tools } from '../../scripts/openfaas-tools/tool.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const tool = tools[0]!;

/** A `go` that notes its arguments and does as the script says. */
function withGo(script: string): {
  folder: string;
  environment: Record<string, string | undefined>;
  asked: () => string;
} {
  const bin = temporaryFolder();
  writeFileSync(join(bin, 'go'), `#!/bin/sh\necho "$@" >> '${bin}/asked'\n${script}\n`);
  chmodSync(join(bin, 'go'), 0o755);
  const environment = processEnvironment();
  return {
    folder: join(bin, 'tools'),
    environment: { ...environment, PATH: `${bin}${delimiter}${environment['PATH'] ?? ''}` },
    asked: () => readFileSync(join(bin, 'asked'), 'utf8'),
  };
}

describe('building a tool', () => {
  test('asks go for the pinned version, into a folder of its own, once', () => {
    const { asked, ...options } = withGo('echo built > "$GOBIN/faas-cli"');
    const file = toolFile(options.folder, tool);
    expect(installTool(tool, options)).toEqual({ kind: 'ready', file, built: true });
    expect(dirname(file)).toMatch(/faas-cli-\d+\.\d+\.\d+$/);
    expect(installTool(tool, options)).toEqual({ kind: 'ready', file, built: false });
    expect(asked()).toBe(`install ${tool.module}@${tool.version}\n`);
  });

  test('says in go’s words why it cannot', () => {
    const options = withGo('echo "go: no such version" >&2; exit 1');
    expect(installTool(tool, options)).toEqual({
      kind: 'missing',
      because: `go install ${tool.module}@${tool.version}: go: no such version`,
    });
  });

  test('says that Go is missing', () => {
    const folder = temporaryFolder();
    expect(installTool(tool, { folder, environment: { PATH: folder } })).toEqual({
      kind: 'missing',
      because: 'Go is not installed',
    });
  });

  test('what is not open source is built only when it is asked for', () => {
    expect(tools.filter(({ optIn }) => optIn).map(({ name }) => name)).toEqual(['openfaas-gateway']);
    expect(tools.filter(({ optIn }) => !optIn).map(({ licence }) => licence)).toEqual(['MIT', 'MIT']);
  });
});
