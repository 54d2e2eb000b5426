import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fileRefusal } from '../../local/file-refusal.ts';

describe('fileRefusal', () => {
  it('says what is in the way and what to do', () => {
    const refused = thrownBy(() => mkdirSync('/dev/null/farm'));
    expect(fileRefusal(refused)).toMatchObject({
      code: 'FILE_REFUSED',
      message: expect.stringMatching(/mkdir '\/dev\/null\/farm': a file stands where a folder belongs/) as string,
      cause: refused,
    });
  });

  it('knows a full disk, though its error names no file', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    expect(fileRefusal(full)?.message).toBe(
      'ENOSPC: no space left on device, write: the disk is full; make room and try again',
    );
  });

  it.each([
    ['a defect', new TypeError('x is undefined')],
    ['a file that is looked for in vain', Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'open' })],
    ['a code that no call of the system gave', Object.assign(new Error('no'), { code: 'EACCES' })],
  ])('leaves %s as it is', (_, thrown) => {
    expect(fileRefusal(thrown)).toBeNull();
  });
});

function thrownBy(act: () => unknown): Error {
  try {
    act();
  } catch (thrown) {
    return thrown as Error;
  }
  throw new Error('expected it to throw');
}
