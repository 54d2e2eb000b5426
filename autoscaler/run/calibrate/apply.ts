import { randomUUID } from 'node:crypto';
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { isScalar, parseDocument } from 'yaml';
import { parseConfig } from '#shared/config.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import type { TimingFit } from './fit.ts';

const PATH = ['workload', 'imageModel'];

/**
 * Writes a fit into farm.yml as workload.imageModel and leaves every other character as it is, comments included. Readers
 * see the old file or the new one, never half of either.
 * @throws FarmhandError CONFIG_INVALID when the file cannot be read or written, or is not a valid farm.yml before or after the change
 */
export async function applyCalibration(farmYml: string, fit: TimingFit): Promise<void> {
  try {
    // The file itself, not a link to it, is replaced.
    const file = await realpath(farmYml);
    const text = await readFile(file, 'utf8');
    // First, so that an old mistake is not blamed on the change.
    parseConfig(text, { file: farmYml, environment: {} });
    const edited = withFit(text, fit);
    parseConfig(edited, { file: farmYml, environment: {} });
    await replaceFile(file, edited);
  } catch (thrown) {
    if (thrown instanceof FarmhandError) throw thrown;
    throw new FarmhandError('CONFIG_INVALID', `${farmYml}: cannot be updated: ${coerceError(thrown).message}`, {
      cause: thrown,
    });
  }
}

function withFit(text: string, fit: TimingFit): string {
  // A fit that explains less than the mean alone has a negative R²; farm.yml takes a share.
  const model = { a: fit.a, b: fit.b, rSquared: Math.max(0, fit.rSquared) };
  return Object.entries(model).reduce((edited, [key, value]) => withNumber(edited, key, value), text);
}

/** Five digits are more than a timing has. */
function withNumber(text: string, key: string, value: number): string {
  const document = parseDocument(text);
  const rounded = Number(value.toPrecision(5));
  const node = document.getIn([...PATH, key], true);
  if (isScalar(node) && node.range) {
    const [start, end] = node.range;
    return text.slice(0, start) + String(rounded) + text.slice(end);
  }
  // Not there yet: added by the YAML library, which keeps comments but sets spaces its own way.
  document.setIn([...PATH, key], rounded);
  return document.toString({ lineWidth: 0 });
}

/** Write beside, flush, rename: a crash leaves the old file. */
async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    const { mode } = await stat(file);
    const handle = await open(draft, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (thrown) {
    await rm(draft, { force: true });
    throw thrown;
  }
}
