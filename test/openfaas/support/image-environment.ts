import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const dockerfile = join(import.meta.dirname, '../../../template/node-farm/Dockerfile');

/** What the template's Dockerfile sets by ENV for of-watchdog: names in lower case. */
export function watchdogEnvironment(): Record<string, string> {
  const text = readFileSync(dockerfile, 'utf8').replaceAll('\\\n', ' ');
  const pairs = [...text.matchAll(/^ENV (.*)$/gm)].flatMap(([, line]) => [
    ...line!.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g),
  ]);
  return Object.fromEntries(
    pairs.flatMap(([, name, quoted, plain]) => (/^[a-z_]+$/.test(name!) ? [[name!, quoted ?? plain!] as const] : [])),
  );
}
