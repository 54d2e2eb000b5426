import type { z } from 'zod';

/** A farm's functions over HTTP, through its gateway. The command line's FarmHttp is one. */
export interface FunctionCalls {
  /**
   * Calls a route: `call('emitter', '/runs', …)` is `/function/emitter/runs`. Parses the answer by `schema`.
   * @throws FarmhandError, with the code that the function gave.
   */
  call<Schema extends z.ZodType>(
    fn: string,
    path: string,
    schema: Schema,
    call?: { readonly method?: 'GET' | 'POST' | 'DELETE'; readonly body?: unknown },
  ): Promise<z.output<Schema>>;
}
