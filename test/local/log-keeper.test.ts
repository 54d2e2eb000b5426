import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import { expect, it, onTestFinished } from 'vitest';
import { keepLogsShort } from '../../local/log-keeper.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const clock = new SystemClock();

function keep(files: readonly string[], log = silentLogger): void {
  const keeper = keepLogsShort({ files, maxBytes: 1_000, everyMs: 5, clock, log });
  onTestFinished(() => keeper.stop());
}

it('puts a log aside that grew too long, and its writer goes on at the start of an empty one', async () => {
  const file = join(temporaryFolder(), 'farm.log');
  const writer = openSync(file, 'a', 0o600);
  onTestFinished(() => closeSync(writer));
  keep([file]);
  const first = `${'a'.repeat(1_500)}\n`;
  writeSync(writer, first);
  await until('it is put aside', () => existsSync(`${file}.1`) && statSync(file).size === 0);
  expect(readFileSync(`${file}.1`, 'utf8')).toBe(first);
  expect(statSync(`${file}.1`).mode & 0o777).toBe(0o600);
  writeSync(writer, 'next\n');
  expect(readFileSync(file, 'utf8')).toBe('next\n');
  // The second time the older one makes room.
  writeSync(writer, 'b'.repeat(1_500));
  await until('it is put aside', () => statSync(file).size === 0);
  expect(readFileSync(`${file}.1`, 'utf8')).toBe(`next\n${'b'.repeat(1_500)}`);
});

it('leaves short logs alone, does without those that are not there, and survives one that it cannot copy', async () => {
  const folder = temporaryFolder();
  const [short, absent, stuck, long] = ['short', 'absent', 'stuck', 'long'].map((name) => join(folder, name));
  writeFileSync(short!, 'x'.repeat(1_000));
  writeFileSync(long!, '');
  writeFileSync(stuck!, 'x'.repeat(1_001));
  mkdirSync(`${stuck!}.1`);
  const warnings: unknown[] = [];
  keep([short!, absent!, stuck!, long!], { ...silentLogger, warn: ({ file }) => void warnings.push(file) });
  appendFileSync(long!, 'x'.repeat(2_000));
  await until('the last is put aside', () => existsSync(`${long!}.1`));
  expect(existsSync(`${short!}.1`)).toBe(false);
  expect(existsSync(absent!)).toBe(false);
  await until('it says so', () => warnings.length > 0);
  expect(new Set(warnings)).toEqual(new Set([stuck]));
  expect(readFileSync(stuck!, 'utf8')).toHaveLength(1_001);
});

it('stops at once, twice', async () => {
  const keeper = keepLogsShort({ files: [], everyMs: 60_000, clock, log: silentLogger });
  await Promise.all([keeper.stop(), keeper.stop()]);
});
