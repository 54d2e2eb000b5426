import { z } from 'zod';
import { FarmhandError } from '#shared/errors.ts';
import type { SavedModel } from '#autoscaler/learn/saved-model.ts';
import { decodeModelFile } from '#autoscaler/model-store/model-file.ts';
import { isRuleName, parseReference } from '#autoscaler/model-store/model-name.ts';
import { findFarm } from '../../local/farm-record.ts';
import { stateFolder } from '../../local/state-folder.ts';
import type { Cli } from '../cli.ts';
import { speakTo } from '../farm/connect.ts';

const file = z.record(z.string(), z.unknown());

/**
 * The model of that name, name@version or id in the store of the farm that is up. Null: no farm is up, or it has none such.
 * @throws MODEL_INVALID, and what FarmHttp throws
 */
export async function storedModel(
  cli: Pick<Cli, 'root' | 'environment'>,
  reference: string,
): Promise<SavedModel | null> {
  if (reference === 'best' || parseReference(reference) === null || isRuleName(reference)) return null;
  const farm = findFarm(stateFolder(cli));
  if (farm === null) return null;
  const http = speakTo(farm);
  try {
    const content = await http.call('autoscaler', `/models/${encodeURIComponent(reference)}/download`, file);
    return decodeModelFile(Buffer.from(JSON.stringify(content))).model;
  } catch (thrown) {
    if (thrown instanceof FarmhandError && thrown.code === 'NOT_FOUND') return null;
    throw thrown;
  } finally {
    await http.close();
  }
}
