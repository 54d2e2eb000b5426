import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { redisScript, runScript, type RedisScript } from '../redis-script.ts';
import type { FarmKeys } from './keys.ts';

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

interface Script extends RedisScript {
  /** Names of keys (keys.ts), in the order of KEYS. */
  readonly keys: readonly string[];
  /** The name that the script gives to the one key that depends on its arguments (a blob, a list of ACKs). */
  readonly extra: string | null;
}

const folder = new URL('./lua/', import.meta.url);
const loaded = new Map<ScriptName, Script>();

/** Runs the queue's scripts. Keys are declared in each script's header and filled in here, so the two cannot disagree. */
export class Scripts {
  readonly #redis: Redis;
  readonly #keys: FarmKeys;

  constructor(redis: Redis, keys: FarmKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** @param extraKey the key behind the script's `extra` name. Throws when the script wants one and none is given. */
  async run(name: ScriptName, args: readonly Argument[], extraKey?: string): Promise<unknown> {
    const script = load(name);
    if ((script.extra === null) !== (extraKey === undefined)) {
      throw new Error(
        `script ${name}: expected ${script.extra === null ? 'no extra key' : `a key for '${script.extra}'`}`,
      );
    }
    const keys = script.keys.map((key) => this.#fixedKey(key));
    if (extraKey !== undefined) keys.push(extraKey);
    return await runScript(this.#redis, script, { keys, args });
  }

  #fixedKey(name: string): string {
    const key: unknown = new Map<string, unknown>(Object.entries(this.#keys)).get(name);
    if (typeof key !== 'string') throw new Error(`a script's header names '${name}', which is no key of a farm`);
    return key;
  }
}

function load(name: ScriptName): Script {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const text = read(name);
  const keys = header(text, 'keys');
  const extra = header(text, 'extra')[0] ?? null;
  const names = extra === null ? keys : [...keys, extra];
  const declaration = `local K = { ${names.map((key, i) => `${key} = KEYS[${i + 1}]`).join(', ')} }`;
  const lua = [declaration, ...header(text, 'include').map(read), text].join('\n');
  const script: Script = { ...redisScript(lua), keys, extra };
  loaded.set(name, script);
  return script;
}

function read(name: string): string {
  return readFileSync(new URL(`${name}.lua`, folder), 'utf8');
}

/** The words of the header line `-- <label>: ...`. */
function header(text: string, label: string): string[] {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`-- ${label}: `));
  return line === undefined ? [] : line.slice(label.length + 5).split(' ');
}
