import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { redisScript, runScript, type RedisScript } from '../redis-script.ts';
import type { FarmKeys } from './keys.ts';
import * as rule from './lane-rule.ts';

/** Every multi-step transition of the queue is one of these (lua/<name>.lua), so no crash can leave it half done. */
export type ScriptName =
  | 'acknowledge'
  | 'announce'
  | 'backlog'
  | 'beat'
  | 'bury-waiting'
  | 'claim'
  | 'commit'
  | 'delete-blob'
  | 'discard'
  | 'emit'
  | 'find'
  | 'finish'
  | 'leave'
  | 'members'
  | 'observe'
  | 'order'
  | 'order-for'
  | 'put-blob'
  | 'reclaim'
  | 'release'
  | 'revive'
  | 'stop-run'
  | 'submit'
  | 'take-input'
  | 'withdraw';

type Argument = string | number | Buffer;

/** A script's files, read once a process. */
interface Source {
  readonly text: string;
  /** Names of keys (keys.ts), in the order of KEYS; `lane` is all lanes. */
  readonly keys: readonly string[];
  /** The name that the script gives to the one key that depends on its arguments (a blob, a list of ACKs). */
  readonly extra: string | null;
  readonly include: readonly string[];
}

/** A script for one farm and one rule. */
interface Prepared extends RedisScript {
  readonly keys: readonly string[];
  readonly extra: string | null;
}

const folder = new URL('./lua/', import.meta.url);
const sources = new Map<ScriptName, Source>();

/**
 * Runs the queue's scripts. Keys are declared in each script's header and filled in here, so the two cannot disagree; so are
 * the figures of the rule of dispatch (lane-rule.ts).
 */
export class Scripts {
  readonly #redis: Redis;
  readonly #keys: FarmKeys;
  readonly #dispatch: rule.DispatchRule | null;
  readonly #prepared = new Map<ScriptName, Prepared>();

  /** @param dispatch may be left out by whoever neither puts tasks into lanes nor takes them out. */
  constructor(redis: Redis, keys: FarmKeys, dispatch: rule.DispatchRule | null = null) {
    this.#redis = redis;
    this.#keys = keys;
    this.#dispatch = dispatch;
  }

  /** @param extraKey the key behind the script's `extra` name. Throws when the script wants one and none is given. */
  async run(name: ScriptName, args: readonly Argument[], extraKey?: string): Promise<unknown> {
    const script = this.#prepare(name);
    if ((script.extra === null) !== (extraKey === undefined)) {
      throw new Error(
        `script ${name}: expected ${script.extra === null ? 'no extra key' : `a key for '${script.extra}'`}`,
      );
    }
    const keys = extraKey === undefined ? script.keys : [...script.keys, extraKey];
    return await runScript(this.#redis, script, { keys, args });
  }

  #prepare(name: ScriptName): Prepared {
    const known = this.#prepared.get(name);
    if (known !== undefined) return known;
    const source = load(name);
    const keys: string[] = [];
    const places: string[] = [];
    for (const key of source.keys) {
      places.push(`${key} = ${key === 'lane' ? keys.length + 1 : `KEYS[${keys.length + 1}]`}`);
      keys.push(...this.#fixedKeys(key));
    }
    if (source.extra !== null) places.push(`${source.extra} = KEYS[${keys.length + 1}]`);
    const figures = source.include.includes('lanes') ? this.#figures(name) : [];
    const lua = [`local K = { ${places.join(', ')} }`, ...figures, ...source.include.map(read), source.text].join('\n');
    const prepared: Prepared = { ...redisScript(lua), keys, extra: source.extra };
    this.#prepared.set(name, prepared);
    return prepared;
  }

  #fixedKeys(name: string): readonly string[] {
    const key: unknown = new Map<string, unknown>(Object.entries(this.#keys)).get(name);
    if (name === 'lane') return this.#keys.lane;
    if (typeof key !== 'string') throw new Error(`a script's header names '${name}', which is no key of a farm`);
    return [key];
  }

  /** The rule's figures as lanes.lua names them. A farm has one rule, so Redis keeps one text of each script. */
  #figures(name: ScriptName): string[] {
    if (this.#dispatch === null) throw new Error(`script ${name}: expected a rule of dispatch`);
    const { dispatch, lateEvery } = this.#dispatch;
    const { LEVELS, SLOTS, FIRST_WIDTH_MS, GROWTH, DUE_SHARE, MOST_MOVES } = rule;
    return [
      `local DISPATCH, LATE_EVERY = '${dispatch}', ${lateEvery}`,
      `local LEVELS, SLOTS, FIRST_WIDTH_MS, GROWTH = ${LEVELS}, ${SLOTS}, ${FIRST_WIDTH_MS}, ${GROWTH}`,
      `local DUE_SHARE, MOST_MOVES = ${DUE_SHARE}, ${MOST_MOVES}`,
    ];
  }
}

function load(name: ScriptName): Source {
  const known = sources.get(name);
  if (known !== undefined) return known;
  const text = read(name);
  const source: Source = {
    text,
    keys: header(text, 'keys'),
    extra: header(text, 'extra')[0] ?? null,
    include: header(text, 'include'),
  };
  sources.set(name, source);
  return source;
}

function read(name: string): string {
  return readFileSync(new URL(`${name}.lua`, folder), 'utf8');
}

/** The words of the header line `-- <label>: ...`. */
function header(text: string, label: string): string[] {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`-- ${label}: `));
  return line === undefined ? [] : line.slice(label.length + 5).split(' ');
}
