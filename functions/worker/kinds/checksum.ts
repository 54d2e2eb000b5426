import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { TaskKind } from './kind.ts';
import { PermanentError } from './kind.ts';
import { parsePayload } from './payload.ts';

const payloadSchema = z.strictObject({ algorithm: z.enum(['sha256', 'sha512']).default('sha256') });

export const checksumKind: TaskKind = {
  name: 'checksum',
  async run(task, context) {
    const { algorithm } = parsePayload(task, payloadSchema);
    if (task.blob !== true) throw new PermanentError(`checksum task ${task.id} has no blob`);
    const bytes = await context.blob();
    context.signal.throwIfAborted();
    return { algorithm, digest: createHash(algorithm).update(bytes).digest('hex') };
  },
};
