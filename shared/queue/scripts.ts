import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { redisScript, runScript, type RedisScript } from '../redis-script.ts';
import { GLANCES_A_LEASE } from './claim-rule.ts';
import { FRONT_LANE, type FarmKeys } from './keys.ts';
import * as rule from './lane-rule.ts';

/** Every multi-step transition of the queue is one of these (lua/<name>.lua), so no crash can leave it half done. */
export type ScriptName =
  | 'acknowledge'
  | 'announce'
  | 'backlog'
  | 'beat'
  | 'bury-waiting'
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

const folder = new URL('./lua/', import.meta.url);
const texts = new Map<ScriptName, string>();

/**
 * Runs the queue's scripts. A script finds keys by their names in K (its header names them for its reader). It is sent one key
 * of Redis, the farm's prefix: all others have its hash tag and so its slot, and sending tens of keys (64 lanes) with every call
 * took longer than the work. The figures of the rule of dispatch (lane-rule.ts) are filled in, too.
 */
export class Scripts {
  readonly #redis: Redis;
  readonly #keys: FarmKeys;
  readonly #dispatch: rule.DispatchRule | null;
  readonly #prepared = new Map<ScriptName, RedisScript>();

  /** @param dispatch may be left out by whoever neither puts tasks into lanes nor takes them out. */
  constructor(redis: Redis, keys: FarmKeys, dispatch: rule.DispatchRule | null = null) {
    this.#redis = redis;
    this.#keys = keys;
    this.#dispatch = dispatch;
  }

  async run(name: ScriptName, args: readonly Argument[]): Promise<unknown> {
    return await runScript(this.#redis, this.#prepare(name), { keys: [this.#keys.prefix], args });
  }

  #prepare(name: ScriptName): RedisScript {
    const known = this.#prepared.get(name);
    if (known !== undefined) return known;
    const text = load(name);
    const figures = /^ *-- include: .*\blanes\b/m.test(text) ? this.#figures(name) : [];
    const script = redisScript([...figures, this.#withKeys(withIncludes(text))].join('\n'));
    this.#prepared.set(name, script);
    return script;
  }

  /** `K.<name>` becomes the key as a constant; of keys that are made from an id or a name, what all of them begin with. */
  #withKeys(lua: string): string {
    const keys = new Map<string, unknown>(Object.entries(this.#keys));
    return lua.replaceAll(/\bK\.(\w+)/g, (_, name: string) => {
      const entry = keys.get(name);
      const key = typeof entry === 'function' ? (entry as (of: string) => unknown)('') : entry;
      if (typeof key !== 'string') throw new Error(`a script uses K.${name}, which is no key of a farm`);
      return `'${key}'`;
    });
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
      `local FRONT = '${FRONT_LANE}'`,
      `local GLANCES_A_LEASE = ${GLANCES_A_LEASE}`,
    ];
  }
}

/** Read once a process. */
function load(name: ScriptName): string {
  const text = texts.get(name) ?? read(name);
  texts.set(name, text);
  return text;
}

/**
 * The script with what it includes, each file in the place of the line `-- include: files` that names it. Of a file those parts
 * (set off by blank lines) are taken that the rest of that place's block of code uses, by itself or through another part: Redis
 * makes a script's functions anew at each call, so one that is not used costs as much as one that is.
 */
function withIncludes(script: string): string {
  const lines = script.split('\n');
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const [, indent, files] = /^( *)-- include: (.*)$/.exec(lines[at] ?? '') ?? [];
    if (indent === undefined || files === undefined) continue;
    const rest = lines.slice(at + 1);
    const end = rest.findIndex((line) => line !== '' && !line.startsWith(indent));
    lines[at] = usedBlocks(rest.slice(0, end < 0 ? undefined : end).join('\n'), files.split(' ').map(read));
  }
  return lines.join('\n');
}

function usedBlocks(code: string, includes: readonly string[]): string {
  const kept: string[] = [];
  for (const block of includes.flatMap((text) => text.trim().split(/\n{2,}/)).reverse()) {
    const names = [...block.matchAll(/^local (?:function )?(\w+)/gm)].map(([, name]) => name);
    const users = [code, ...kept];
    if (names.some((name) => users.some((text) => new RegExp(`\\b${name}\\b`).test(text)))) kept.unshift(block);
  }
  return kept.join('\n\n');
}

function read(name: string): string {
  return readFileSync(new URL(`${name}.lua`, folder), 'utf8');
}
