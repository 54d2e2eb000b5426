import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLogger } from '#shared/log.ts';
import { LogFile } from '../../../../local/gateway/logs/log-file.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

test('lines are appended in order, to what is there already', async () => {
  const path = join(temporaryFolder(), 'new', 'fn.ndjson');
  const file = new LogFile(path, { log: silentLogger });
  const lines = Array.from({ length: 500 }, (_, i) => `line ${i}\n`);
  for (const line of lines) {
    file.write(line);
    if (line.endsWith('7\n')) await file.flush();
  }
  await file.flush();
  const again = new LogFile(path, { log: silentLogger });
  again.write('after a restart\n');
  await again.flush();
  expect(readFileSync(path, 'utf8')).toBe(`${lines.join('')}after a restart\n`);
});

test('at its size the file is put aside, once; older lines are gone', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'fn.ndjson');
  writeFileSync(path, 'earlier!\n');
  const file = new LogFile(path, { log: silentLogger, maxBytes: 20 });
  for (const line of ['aaaaaaaaa\n', 'bbbbbbbbb\n', 'ccccccccc\n', 'ddddddddd\n', 'e\n']) {
    file.write(line);
    await file.flush();
  }
  expect(readdirSync(folder).sort()).toEqual(['fn.ndjson', 'fn.ndjson.1']);
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('bbbbbbbbb\nccccccccc\n');
  expect(readFileSync(path, 'utf8')).toBe('ddddddddd\ne\n');
});

test('what the disk cannot take in time is dropped, counted and said', async () => {
  const path = join(temporaryFolder(), 'fn.ndjson');
  const warnings: unknown[] = [];
  const log = { ...silentLogger, warn: (fields: unknown) => void warnings.push(fields) };
  const file = new LogFile(path, { log, maxWaitingChars: 10 });
  for (let i = 0; i < 5; i += 1) file.write('1234\n');
  await file.flush();
  expect(readFileSync(path, 'utf8')).toBe('1234\n1234\n');
  expect(warnings).toEqual([{ file: path, lines: 3 }]);
});

test('a file that cannot be written costs its lines and is tried again', async () => {
  const path = join(temporaryFolder(), 'fn.ndjson');
  mkdirSync(path);
  const errors: string[] = [];
  const log = { ...silentLogger, error: (_fields: unknown, message: string) => void errors.push(message) };
  const file = new LogFile(path, { log });
  file.write('lost\n');
  await file.flush();
  expect(errors).toEqual(['log lines were lost: the file cannot be written']);
  rmSync(path, { recursive: true });
  file.write('kept\n');
  await file.flush();
  expect(readFileSync(path, 'utf8')).toBe('kept\n');
});
