import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { readStack } from '../../../scripts/assemble/stack-file.ts';

export const stack = readStack(join(import.meta.dirname, '../../../stack.yml'), {});

/** Whether an engine has all images of stack.yml; says why these tests are skipped where it has not. */
export function hasImages(): boolean {
  const images = Object.values(stack.functions).map(({ image }) => image);
  const { error, status, stderr } = spawnSync('docker', ['image', 'inspect', ...images], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  if (status === 0) return true;
  const why = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
  console.warn(`skipped: the tests on real images (${why}); \`npm run images\` builds them`);
  return false;
}

/** What the command docker prints; rejects, with its words, where it fails. */
export async function docker(...args: readonly string[]): Promise<string> {
  const child = spawn('docker', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [out, err, status] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  if (status !== 0) throw new Error(`docker ${args.join(' ')}: ${err}`);
  return out.trim();
}
