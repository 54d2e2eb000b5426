import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTasks, type ReadOptions } from '../../../cli/submit/read-tasks.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'farmhand-test-submit-'));
  mkdirSync(join(folder, 'photos'));
  writeFileSync(join(folder, 'photos', 'a b.JPG'), 'bytes');
  writeFileSync(join(folder, 'one.json'), '{"kind": "calibrated", "payload": {"serviceMs": 5}}');
  writeFileSync(join(folder, 'two.yml'), '- {kind: x, id: mine, deadlineMs: 7}\n- {kind: y}\n');
  writeFileSync(join(folder, 'broken.json'), '{"kind": ');
  writeFileSync(join(folder, 'text.yaml'), 'hello');
  writeFileSync(join(folder, 'mixed.yaml'), '[{kind: x}, 3]');
  writeFileSync(join(folder, 'number-id.yaml'), '{kind: x, id: 3}');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function read(files: readonly string[], more: Partial<ReadOptions> & { text?: string } = {}) {
  let made = 0;
  async function* stdin(): AsyncGenerator<Buffer> {
    yield Buffer.from(more.text ?? '');
  }
  return readTasks(files, { cwd: folder, stdin: stdin(), newId: () => `new-${(made += 1)}`, ...more });
}

describe('readTasks', () => {
  it('makes an image task of a picture, whose bytes are read later', async () => {
    expect(await read(['photos/a b.JPG'], { deadlineMs: 500, out: '/thumbs' })).toEqual([
      {
        source: 'photos/a b.JPG',
        body: { id: 'new-1', kind: 'image', payload: { name: 'a b.JPG', out: '/thumbs' }, deadlineMs: 500 },
        file: { path: join(folder, 'photos/a b.JPG'), bytes: 5 },
      },
    ]);
  });

  it('takes one task or a list from files and stdin, in order, and gives ids and deadlines to those that have none', async () => {
    const tasks = await read(['two.yml', 'one.json', '-'], { deadlineMs: 500, text: 'kind: z' });
    expect(tasks.map(({ source, body }) => [source, body])).toEqual([
      ['two.yml', { id: 'mine', kind: 'x', deadlineMs: 7 }],
      ['two.yml', { id: 'new-1', kind: 'y', deadlineMs: 500 }],
      ['one.json', { id: 'new-2', kind: 'calibrated', payload: { serviceMs: 5 }, deadlineMs: 500 }],
      ['stdin', { id: 'new-3', kind: 'z', deadlineMs: 500 }],
    ]);
  });

  it.each([
    ['a file that is not there', 'nope.jpg', 'nope.jpg: cannot be read: no such file'],
    ['a task file that is not there', 'nope.json', 'nope.json: cannot be read: no such file'],
    ['a folder', 'photos', 'farmhand run --images photos'],
    ['half a file', 'broken.json', 'broken.json: neither YAML nor JSON'],
    ['a text', 'text.yaml', 'text.yaml: expected a task'],
    ['an item that is no task', 'mixed.yaml', 'mixed.yaml, item 2: expected a task'],
    ['an id that is no text', 'number-id.yaml', 'number-id.yaml: id: expected a text, got 3'],
  ])('refuses %s', async (_name, file, words) => {
    await expect(read([file])).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(words) as string,
    });
  });
});
