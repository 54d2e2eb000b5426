import { silentLogger, type Logger } from '#shared/log.ts';
import { expect, it } from 'vitest';
import { Releases } from '../../local/releases.ts';

it('stops what was started last first, each once, and all of it though one fails', async () => {
  const stopped: string[] = [];
  const errors: unknown[] = [];
  const log: Logger = { ...silentLogger, error: (fields) => void errors.push(fields['what']) };
  const releases = new Releases(log);
  releases.add('first', async () => void stopped.push('first'));
  releases.add('second', async () => {
    stopped.push('second');
    throw new Error('will not');
  });
  releases.add('third', async () => void stopped.push('third'));
  await Promise.all([releases.release(), releases.release()]);
  await releases.release();
  expect(stopped).toEqual(['third', 'second', 'first']);
  expect(errors).toEqual(['second']);
});
