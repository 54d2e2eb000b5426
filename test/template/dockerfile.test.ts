import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { smallProcess } from '../../local/small-process.ts';
import { assemble } from '../../scripts/assemble.ts';

const root = join(import.meta.dirname, '..', '..');
const template = join(root, 'template', 'node-farm');
const dockerfile = readFileSync(join(template, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ');

/** Arguments of an instruction, one list a line. */
const instructions = (name: string): string[][] =>
  [...dockerfile.matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].map(([, text]) => text!.trim().split(/\s+/));

/** What is set by ENV, quotes taken off. */
const variables = Object.fromEntries(
  [...dockerfile.matchAll(/^ENV (.*)$/gm)].flatMap(([, text]) =>
    [...text!.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g)].map(([, name, quoted, plain]) => [name!, quoted ?? plain!]),
  ),
);

describe('the Dockerfile', () => {
  it('copies only what a build context holds', () => {
    const [assembled] = assemble({ root, functions: ['demo'] });
    const sources = instructions('COPY')
      .filter((words) => !words.some((word) => word.startsWith('--from')))
      .flatMap((words) => words.filter((word) => !word.startsWith('--')).slice(0, -1));
    expect(sources.length).toBeGreaterThan(3);
    expect(sources.filter((source) => globSync(source, { cwd: assembled!.folder }).length === 0)).toEqual([]);
  });

  it('starts what template.yml says, where the watchdog looks for it', () => {
    const { fprocess } = parse(readFileSync(join(template, 'template.yml'), 'utf8')) as { fprocess: string };
    expect(variables['fprocess']).toBe(fprocess);
    expect(variables).toMatchObject({ mode: 'http', upstream_url: 'http://127.0.0.1:3000', ready_path: '/_/ready' });
  });

  it('is as thrifty as the processes of one machine, and compiles for that', () => {
    const flags = smallProcess.flags.join(' ');
    expect(variables).toMatchObject({ fprocess: `node ${flags} index.ts`, ...smallProcess.environment });
    expect(dockerfile).toContain(`RUN node ${flags} warm-up.ts`);
  });

  it('runs and copies as the one user whose compile cache it fills', () => {
    expect(instructions('USER')).toEqual([['12000:12000']]);
    for (const words of instructions('COPY').filter((copy) => !copy.some((word) => word.startsWith('--from')))) {
      expect(words).toContain('--chown=12000:12000');
    }
  });
});
