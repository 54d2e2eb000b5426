import type { DeployedFunction, FunctionTable } from '../function-table.ts';
import { NoAnswer } from './no-answer.ts';

/** The function that a URL names, and what follows its name. */
export interface Target {
  readonly fn: DeployedFunction;
  /** Path and query for the function, as they came. */
  readonly path: string;
  /** Where a browser finds the function's page, relative to an address that ends with the function's name; null: it ends otherwise. */
  readonly pageAt: string | null;
}

/** /function/<name>[.<namespace>][/<path>][?<query>], and /async-function/ likewise. The path is passed on undecoded. */
const TARGET = /^\/(?:async-)?function\/([-a-zA-Z_0-9.]+)(\/[^?]*)?(\?.*)?$/;

/** @throws NoAnswer 404 */
export function findTarget(url: string, table: FunctionTable, namespace: string): Target {
  const [, service = '', given, query = ''] = TARGET.exec(url) ?? [];
  const dot = service.indexOf('.');
  const name = dot < 0 ? service : service.slice(0, dot);
  const fn = dot < 0 || service.slice(dot + 1) === namespace ? table.find(name) : null;
  if (fn === null) throw new NoAnswer(404, `function ${service} is not deployed`);
  return { fn, path: (given ?? '/') + query, pageAt: given === undefined ? `${service}/${query}` : null };
}
