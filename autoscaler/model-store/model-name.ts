import { z } from 'zod';
import { FarmhandError } from '#shared/errors.ts';
import { findPolicy } from '../policy/catalogue.ts';
import { modelId } from './lineage.ts';

export const nameAllowed = 'expected a name of a-z 0-9 . - that begins with a letter or a digit';

/** A model's name, of a folder or in a store. */
export const modelName = z.string(nameAllowed).regex(/^[a-z0-9][a-z0-9.-]{0,99}$/, nameAllowed);

/** What somebody means: one model for good, one version of a name, or what the name stands for. */
export type ModelReference =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'version'; readonly name: string; readonly version: number }
  | { readonly kind: 'name'; readonly name: string };

const VERSION = /^(.+)@(0|[1-9]\d{0,8})$/;

/** Reads `sha256-…`, `name@version` or a name; null for what is none of them. */
export function parseReference(reference: string): ModelReference | null {
  if (modelId.safeParse(reference).success) return { kind: 'id', id: reference };
  const [, name, version] = VERSION.exec(reference) ?? [];
  const named = name ?? reference;
  if (!modelName.safeParse(named).success) return null;
  return version === undefined
    ? { kind: 'name', name: named }
    : { kind: 'version', name: named, version: Number(version) };
}

/** Names that mean something else wherever a policy is named. */
const taken = /^(best|clairvoyant(-.*)?|open-loop(-.*)?|sha256-.*)$/;
const ANY_OPTIONS = { minWorkers: 1, maxWorkers: 32, stepDurationS: 10, horizonS: null };

/** @throws MODEL_INVALID for a name that is none, and for one that a rule has: a model must not take a rule's place. */
export function checkStoredName(name: string): void {
  if (!modelName.safeParse(name).success) refuse(name, nameAllowed);
  if (taken.test(name) || isRuleName(name))
    refuse(name, 'that name means something else; expected one that no policy has');
}

/** Whether a rule has that name. */
export function isRuleName(name: string): boolean {
  try {
    findPolicy(name, ANY_OPTIONS);
    return true;
  } catch (thrown) {
    if (thrown instanceof FarmhandError && thrown.code === 'UNKNOWN_POLICY') return false;
    throw thrown;
  }
}

function refuse(name: string, because: string): never {
  throw new FarmhandError('MODEL_INVALID', `model name ${JSON.stringify(name)}: ${because}`);
}
