import { expect, test } from 'vitest';
import { checksumKind } from '../../../../functions/worker/kinds/checksum.ts';
import { runKind } from './run-kind.ts';

test('hashes the bytes', async () => {
  const { value } = await runKind(checksumKind, { blob: Buffer.from('abc'), payload: { algorithm: 'sha256' } });
  expect(value).toMatchObject({ digest: expect.stringMatching(/^ba7816bf/) as string });
});
