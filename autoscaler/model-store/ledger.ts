import { z } from 'zod';
import { FarmhandError } from '#shared/errors.ts';
import { closedObject } from '#shared/parse.ts';
import { HISTORY, ROLLBACKS, type StoreCaps } from './caps.ts';
import { figuresSchema, lineageSchema, modelId } from './lineage.ts';
import { modelName, parseReference } from './model-name.ts';
import type { Promotion, StoredModel } from './model-store.ts';

const count = z.int().min(0);

const entrySchema = closedObject({
  id: modelId,
  name: modelName,
  version: z.int().min(1),
  agent: z.string(),
  createdAt: z.number(),
  bytes: count,
  figures: figuresSchema,
  lineage: lineageSchema,
});

const promotionSchema = closedObject({
  id: modelId,
  version: z.int().min(1),
  at: z.number(),
  by: z.enum(['promote', 'rollback']),
});

/** All that a store knows but the models' numbers: plain data, written whole. */
export const ledgerSchema = closedObject({
  /** Oldest first. */
  models: z.array(entrySchema),
  names: z.record(
    z.string(),
    closedObject({
      /** The last version that was given. */
      versions: count,
      /** Ids that the name stood for and can go back to, and the one that it stands for: the last. */
      promoted: z.array(modelId),
      /** Oldest first. */
      history: z.array(promotionSchema),
    }),
  ),
});

export type Ledger = Readonly<z.infer<typeof ledgerSchema>>;
export type Entry = Readonly<z.infer<typeof entrySchema>>;
type Line = Ledger['names'][string];

export const emptyLedger: Ledger = { models: [], names: {} };

const NEW_LINE: Line = { versions: 0, promoted: [], history: [] };

/** The next ledger, the model concerned, and the ids that are in it no more. */
export interface Change {
  readonly ledger: Ledger;
  readonly entry: Entry;
  readonly pruned: readonly string[];
}

/**
 * The model as the next version of its name; oldest versions that nothing holds go until the caps are kept.
 * @throws CONFLICT where none may go
 */
export function addModel(ledger: Ledger, model: Omit<Entry, 'version'>, caps: StoreCaps): Change {
  const there = ledger.models.find(({ id }) => id === model.id);
  if (there !== undefined) return { ledger, entry: there, pruned: [] };
  const line = lineOf(ledger, model.name) ?? NEW_LINE;
  const entry: Entry = { ...model, version: line.versions + 1 };
  const pruned = toPrune(ledger, { name: model.name, caps });
  return {
    ledger: {
      models: [...ledger.models.filter(({ id }) => !pruned.includes(id)), entry],
      names: { ...ledger.names, [model.name]: { ...line, versions: entry.version } },
    },
    entry,
    pruned,
  };
}

/** Its name stands for the model from now on. */
export function promoteModel(ledger: Ledger, id: string, at: number): Change {
  const entry = mustHave(ledger, id);
  const line = lineOf(ledger, entry.name) ?? NEW_LINE;
  if (line.promoted.at(-1) === id) return { ledger, entry, pruned: [] };
  const promoted = [...line.promoted, id].slice(-(ROLLBACKS + 1));
  return { ledger: withLine(ledger, entry, { line, promoted, change: { at, by: 'promote' } }), entry, pruned: [] };
}

/** The name stands for what it stood for before. @throws NOT_FOUND, CONFLICT */
export function rollBack(ledger: Ledger, name: string, at: number): Change {
  const line = lineOf(ledger, name);
  if (line === null) throw unknown(ledger, name);
  const promoted = line.promoted.slice(0, -1);
  const id = promoted.at(-1);
  if (id === undefined) {
    throw new FarmhandError('CONFLICT', `model ${name}: there is no earlier promotion to roll back to`);
  }
  const entry = mustHave(ledger, id);
  return { ledger: withLine(ledger, entry, { line, promoted, change: { at, by: 'rollback' } }), entry, pruned: [] };
}

/** @throws NOT_FOUND that names what there is */
export function findEntry(ledger: Ledger, reference: string): Entry {
  const meant = parseReference(reference);
  const found = ledger.models.find(({ id, name, version }) => {
    if (meant === null) return false;
    if (meant.kind === 'id') return id === meant.id;
    if (name !== meant.name) return false;
    return meant.kind === 'version' ? version === meant.version : isPromoted(ledger, { id, name });
  });
  if (found !== undefined) return found;
  if (meant?.kind === 'name' && ledger.models.some(({ name }) => name === meant.name)) {
    throw new FarmhandError(
      'NOT_FOUND',
      `model ${meant.name}: none of its versions is promoted (${versionsOf(ledger, meant.name)}); promote one, or name it`,
    );
  }
  throw unknown(ledger, reference);
}

/** @throws NOT_FOUND */
export function historyOf(ledger: Ledger, name: string): readonly Promotion[] {
  const line = lineOf(ledger, name);
  if (line === null) throw unknown(ledger, name);
  return line.history.toReversed();
}

export function toStored(ledger: Ledger, entry: Entry): StoredModel {
  return { ...entry, promoted: isPromoted(ledger, entry) };
}

function isPromoted(ledger: Ledger, { id, name }: Pick<Entry, 'id' | 'name'>): boolean {
  return lineOf(ledger, name)?.promoted.at(-1) === id;
}

/** Ids to go so that one more model of that name has room. */
function toPrune(ledger: Ledger, { name, caps }: { name: string; caps: StoreCaps }): string[] {
  const held = new Set(Object.values(ledger.names).flatMap(({ promoted }) => promoted));
  const free = ledger.models.filter(({ id }) => !held.has(id));
  const ofName = free.filter((entry) => entry.name === name);
  const pruned = ofName.slice(0, Math.max(0, ofName.length + 1 - caps.maxUnpromoted)).map(({ id }) => id);
  const left = free.filter(({ id }) => !pruned.includes(id));
  const over = ledger.models.length - pruned.length + 1 - caps.maxModels;
  if (over > left.length) {
    throw new FarmhandError(
      'CONFLICT',
      `the store holds ${ledger.models.length} models, of at most ${caps.maxModels}, and each is promoted or to be rolled back to`,
    );
  }
  return [...pruned, ...left.slice(0, Math.max(0, over)).map(({ id }) => id)];
}

function withLine(
  ledger: Ledger,
  { id, version, name }: Entry,
  { line, promoted, change }: { line: Line; promoted: string[]; change: Pick<Promotion, 'at' | 'by'> },
): Ledger {
  const history = [...line.history, { id, version, ...change }].slice(-HISTORY);
  return { ...ledger, names: { ...ledger.names, [name]: { ...line, promoted, history } } };
}

/** Names are people's own: `constructor` is one, and every object's property. */
function lineOf({ names }: Ledger, name: string): Line | null {
  return Object.hasOwn(names, name) ? (names[name] ?? null) : null;
}

function mustHave(ledger: Ledger, id: string): Entry {
  return ledger.models.find((entry) => entry.id === id) ?? raise(unknown(ledger, id));
}

function raise(error: Error): never {
  throw error;
}

function unknown(ledger: Ledger, reference: string): FarmhandError {
  const names = [...new Set(ledger.models.map(({ name }) => name))].sort();
  const there = names.map((name) => `${name} (${versionsOf(ledger, name)})`).join(', ') || 'none';
  return new FarmhandError(
    'NOT_FOUND',
    `model ${JSON.stringify(reference)}: the store has no such model; it has ${there}`,
  );
}

function versionsOf(ledger: Ledger, name: string): string {
  const versions = ledger.models.filter((entry) => entry.name === name).map(({ version }) => `@${version}`);
  return versions.length > SHOWN
    ? `${versions.slice(-SHOWN).join(' ')} and ${versions.length - SHOWN} earlier`
    : versions.join(' ');
}

const SHOWN = 5;
