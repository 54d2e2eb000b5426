import type { IncomingMessage, ServerResponse } from 'node:http';
import { FarmhandError } from '#shared/errors.ts';

/** One request to a route. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What stands for ':name' in the route's path, decoded; '' if it has none. */
  readonly name: string;
  readonly query: URLSearchParams;
}

/** What a route answers; 'answered' when it wrote the response itself. */
export type Answer =
  | 'answered'
  | { readonly status: number; readonly text?: string; readonly json?: unknown; readonly contentType?: string };

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Exact, or ending in '/:name' for one more segment. */
  readonly path: string;
  handle(call: Call): Answer | Promise<Answer>;
}

export type Match =
  | { readonly kind: 'route'; readonly route: Route; readonly name: string }
  | { readonly kind: 'wrong-method'; readonly allowed: string }
  | { readonly kind: 'none' };

/** Finds routes by method and path. */
export class Router {
  readonly #routes: readonly Route[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes;
  }

  /** @throws FarmhandError BODY_INVALID when the name is not valid percent-encoding. */
  match(method: string, path: string): Match {
    const matching = this.#routes.flatMap((route) => {
      const name = nameIn(route.path, path);
      return name === null ? [] : [{ route, name }];
    });
    // HEAD is GET without the body, which node:http leaves out by itself.
    const found = matching.find(({ route }) => route.method === (method === 'HEAD' ? 'GET' : method));
    if (found !== undefined) return { kind: 'route', route: found.route, name: decode(found.name) };
    if (matching.length === 0) return { kind: 'none' };
    return { kind: 'wrong-method', allowed: matching.map(({ route }) => route.method).join(', ') };
  }
}

function nameIn(pattern: string, path: string): string | null {
  if (!pattern.endsWith('/:name')) return pattern === path ? '' : null;
  const prefix = pattern.slice(0, -':name'.length);
  const name = path.slice(prefix.length);
  return path.startsWith(prefix) && name !== '' && !name.includes('/') ? name : null;
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new FarmhandError('BODY_INVALID', `${name}: not valid percent-encoding`);
  }
}
