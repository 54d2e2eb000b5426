import type { ServerResponse } from 'node:http';
import { MINUTE, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { FunctionTable } from '../function-table.ts';
import type { LogMessage, LogQuery, LogStore } from '../logs/log-store.ts';
import { checkNamespace } from './namespace.ts';
import type { Route } from './router.ts';

/** Without `since` and `tail`: this far back, as in OpenFaaS. */
const DEFAULT_WINDOW_MS = 5 * MINUTE;
/** A reader that lets this much wait is cut off, so that it cannot fill the gateway's memory. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

export interface LogRouteOptions {
  readonly logs: LogStore;
  readonly table: FunctionTable;
  readonly namespace: string;
  readonly clock: Clock;
}

/** /system/logs?name=…: one LogMessage a line; with follow=1 until the client, the function or the gateway goes. */
export function logRoutes({ logs, table, namespace, clock }: LogRouteOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/system/logs',
      handle: ({ query, response }) => {
        checkNamespace(query.get('namespace'), namespace);
        const name = query.get('name') ?? '';
        if (name === '') throw new FarmhandError('BODY_INVALID', 'name: expected the name of a function');
        table.get(name);
        const wanted = parseQuery(query, clock.farmTime());
        response.writeHead(200, { 'content-type': 'application/x-ndjson' });
        for (const message of logs.read(name, wanted)) writeLine(response, message);
        if (query.get('follow') === '1' || query.get('follow') === 'true') follow(name, wanted.instance, response);
        else response.end();
        return 'answered';
      },
    },
  ];

  function follow(name: string, instance: string | undefined, response: ServerResponse): void {
    response.flushHeaders();
    const leave = logs.follow(name, {
      onMessage: (message) => {
        if (instance !== undefined && message.instance !== instance) return;
        writeLine(response, message);
        if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
      },
      onEnd: () => response.end(),
    });
    response.once('close', leave);
  }
}

function writeLine(response: ServerResponse, message: LogMessage): void {
  response.write(`${JSON.stringify(message)}\n`);
}

function parseQuery(query: URLSearchParams, nowMs: number): LogQuery {
  const instance = query.get('instance') ?? '';
  const since = query.get('since') ?? '';
  const tail = query.get('tail') ?? '';
  const sinceMs = since === '' ? undefined : Date.parse(since);
  if (sinceMs !== undefined && Number.isNaN(sinceMs)) {
    throw new FarmhandError('BODY_INVALID', `since: expected a time in RFC 3339, got ${JSON.stringify(since)}`);
  }
  if (!/^(-1|\d{0,9})$/.test(tail)) {
    throw new FarmhandError(
      'BODY_INVALID',
      `tail: expected a whole number, or -1 for all, got ${JSON.stringify(tail)}`,
    );
  }
  const all = since === '' && tail === '' ? nowMs - DEFAULT_WINDOW_MS : undefined;
  return {
    instance: instance === '' ? undefined : instance,
    sinceMs: sinceMs ?? all,
    tail: tail === '' || tail === '-1' ? undefined : Number(tail),
  };
}
